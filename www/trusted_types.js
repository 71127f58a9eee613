// The page's policy for Trusted Types, which its Content-Security-Policy asks for: a string becomes markup, or the address of a
// program, only if it is listed here. Whatever is refused throws where it is used. The loaders of the workers have their own.
{
  const programs = ["./worker_loader.js", "./worker_gpu_loader.js", "./sw.js"];
  // Leptos parses the parts of the page that never change: drawn icons and gaps.
  const element = /<\/?(?:svg|g|path|rect|circle|line|i)(?: (?:viewBox|aria-hidden|class|d|x|y|x1|y1|x2|y2|cx|cy|r|rx|width|height)="[^"<>]*")*\/?>/g;
  self.trustedTypes?.createPolicy("default", {
    createHTML: (html) => (html.replace(element, "") === "" ? html : null),
    createScriptURL: (url) => (programs.includes(url) ? url : null),
  });
}
