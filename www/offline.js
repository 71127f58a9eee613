// Registers the service worker and tells the page of a new version. Addresses are relative: any server, any sub-path.
window.isletOffline = {
  registration: undefined,

  /**
   * Once the page is at work, so that what is stored for later does not delay it. With `gpu`, what the GPU needs is stored too.
   * `say` hears "waits" when a new version is installed, and "others" when it cannot take over because of other tabs.
   */
  async start(gpu, say) {
    const service = navigator.serviceWorker;
    // Browsers offer it on secure addresses only: https, or this machine.
    if (!service) return;
    try {
      this.registration = await service.register("./sw.js");
    } catch (error) {
      console.info(`Islet is not stored for use without a network: ${error.message}`);
    }
    // Whoever blocks service workers need not say so: Playwright gives nothing back.
    if (!this.registration) return;
    const version = document.querySelector("meta[name=islet-version]")?.content;
    const follow = (worker) => {
      const changed = () => {
        const { active } = this.registration;
        if (worker.state === "installed" && active && active !== worker) say("waits");
        if (worker.state !== "activated") return;
        if (!service.controller) worker.postMessage({ claim: version });
        if (gpu) worker.postMessage({ keepLater: true });
      };
      worker.addEventListener("statechange", changed);
      changed();
    };
    const { active, waiting, installing } = this.registration;
    [active, waiting, installing].filter((worker) => worker).forEach(follow);
    this.registration.addEventListener("updatefound", () => follow(this.registration.installing));
    service.addEventListener("message", (event) => event.data.others && say("others"));
    service.startMessages();
  },

  /** Changes to the version that waits, and reloads the page. */
  change() {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    this.registration.waiting?.postMessage({ takeOver: true });
  },
};
