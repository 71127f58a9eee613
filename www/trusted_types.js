// The page's policy for Trusted Types, which its Content-Security-Policy asks for: a string becomes markup, or the address of a
// program, only if it is listed here. Whatever is refused throws where it is used. The loaders of the workers have their own.
{
  const programs = ["./worker_loader.js", "./worker_gpu_loader.js", "./sw.js"];
  // Leptos parses the parts of the page that never change: text and drawings, without addresses, styles and handlers.
  const names = "svg|g|path|rect|circle|line|i|b|em|strong|small|span|p|div|br|hr|kbd|output|h[1-6]|ul|ol|li|dl|dt|dd|" +
    "table|caption|thead|tbody|tr|th|td|section|header|footer";
  const attributes = "viewBox|d|x|y|x1|y1|x2|y2|cx|cy|r|rx|width|height|class|title|role|scope|colspan|rowspan|aria-[a-z]+|data-[a-z-]+";
  const markup = new RegExp(`^(?:[^<>]|</(?:${names})>|<(?:${names})(?: (?:${attributes})="[^"<>]*")*/?>)*$`);
  self.trustedTypes?.createPolicy("default", {
    createHTML: (html) => (markup.test(html) ? html : null),
    createScriptURL: (url) => (programs.includes(url) ? url : null),
  });
}
