// Links and filters within the portal change what differs and keep the frame, so that the next list is there sooner. What is no page
// of the same frame (a file, the sign-in, the same page in another language) is gone to as ever.
"use strict";
(() => {
  // a page that answers a form stands at no address one could come back to, so it is left as ever
  const came = performance.getEntriesByType("navigation")[0];
  if (sessionStorage.getItem("posted") && came && !came.redirectCount) history.replaceState({ posted: true }, "");
  sessionStorage.removeItem("posted");
  document.addEventListener("submit", event => {
    const form = event.target, button = event.submitter;
    // a form whose buttons give files has one that gives a page, too
    const givesPage = form.dataset.again === undefined || (button && button.dataset.page !== undefined);
    if (form.getAttribute("method") === "post" && givesPage) sessionStorage.setItem("posted", "yes");
  });
  if (history.state && history.state.posted) return;

  const root = document.documentElement;
  let underWay = null;
  let here = location.pathname + location.search;

  const topOf = state => (state && state.top) || 0;
  const isPage = to => to.origin === location.origin && /^\/portal(\/|$)/.test(to.pathname);
  const style = page => [...page.head.querySelectorAll("link, script")].map(part => part.outerHTML).join();
  // scripts of a page's own do not run when they are put in
  const fits = page => page.querySelector("main") && !page.querySelector("main script") && page.body.className === document.body.className
    && page.documentElement.lang === root.lang && style(page) === style(document);

  const put = (page, to, entry) => {
    document.title = page.title;
    document.querySelector("main").replaceWith(page.querySelector("main"));
    // where one is led with another language
    document.querySelector(".speak input").value = page.querySelector(".speak input").value;
    const current = page.querySelector("nav.side [aria-current]");
    for (const link of document.querySelectorAll("nav.side a")) {
      if (current && link.getAttribute("href") === current.getAttribute("href")) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (entry === "new" && to.href !== location.href) history.pushState({}, "", to);
    here = to.pathname + to.search;
    // people who do not look are told by the focus that there is another page
    const heading = document.querySelector("main h1") || document.querySelector("main");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    const aim = to.hash && document.getElementById(decodeURIComponent(to.hash.slice(1)));
    if (aim) aim.scrollIntoView();
    else scrollTo(0, entry === "new" ? 0 : topOf(history.state));
    document.dispatchEvent(new Event("moved"));
  };

  const stand = () => {
    delete root.dataset.moving;
    delete root.dataset.slow;
  };

  const go = async (to, entry) => {
    if (underWay) underWay.abort();
    const mine = underWay = new AbortController();
    root.dataset.moving = "";
    // what is drawn at once costs frames of its own, which the page that comes would wait for
    const slow = setTimeout(() => { root.dataset.slow = ""; }, 250);
    try {
      const answer = await fetch(to, { headers: { accept: "text/html" }, signal: mine.signal });
      const isText = (answer.headers.get("content-type") || "").startsWith("text/html");
      const page = isText && new DOMParser().parseFromString(await answer.text(), "text/html");
      // a file leaves this page where it is
      if (!isText) stand();
      if (!page || !fits(page)) throw new Error("another frame");
      const at = new URL(answer.url);
      at.hash = to.hash;
      if (entry === "new" && scrollY !== topOf(history.state)) history.replaceState({ top: scrollY }, "");
      put(page, at, entry);
      stand();
    } catch {
      // somebody went elsewhere meanwhile, or the browser shall show what there is
      if (!mine.signal.aborted) location.assign(to);
    } finally {
      clearTimeout(slow);
    }
  };

  document.addEventListener("click", event => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const to = new URL(link.href);
    if (link.target || link.hasAttribute("download") || !isPage(to) || (to.hash && to.pathname + to.search === here)) return;
    event.preventDefault();
    go(to, "new");
  });
  document.addEventListener("submit", event => {
    const form = event.target;
    if (event.defaultPrevented || (form.getAttribute("method") || "get").toLowerCase() !== "get") return;
    const to = new URL(form.getAttribute("action") || location.href, location.href);
    if (!isPage(to)) return;
    event.preventDefault();
    to.search = new URLSearchParams(new FormData(form, event.submitter));
    go(to, "new");
  });
  addEventListener("popstate", () => {
    // within a page the browser knows the way
    if (location.pathname + location.search !== here) go(new URL(location.href), "old");
  });
})();
