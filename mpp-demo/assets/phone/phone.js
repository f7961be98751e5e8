// Makes the phone page nicer. Every page works without it.
"use strict";

(() => {
  const screen = document.getElementById("screen");
  if (!screen) return;

  /** Buttons that fill in a code from the newest message. */
  function offerCodes() {
    const message = screen.querySelector("[data-code-in]");
    const field = screen.querySelector("input[name=code]");
    const digits = message && message.textContent.match(/(?<!\d)\d{6}(?!\d)/);
    if (!digits || !field) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${screen.dataset.wordsFill} ${digits[0]}`;
    button.addEventListener("click", () => {
      field.value = digits[0];
      field.focus();
    });
    message.after(button);
  }

  /** Buttons that copy signed texts. */
  function offerCopies() {
    for (const text of screen.querySelectorAll("[data-copy]")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = screen.dataset.wordsCopy;
      button.addEventListener("click", async () => {
        try {
          await navigator.clipboard.writeText(text.textContent);
          button.textContent = screen.dataset.wordsCopied;
        } catch {
          button.textContent = screen.dataset.wordsUncopied;
        }
      });
      text.after(button);
    }
  }

  /** Leads to the first item without a decision after a try to confirm. */
  function leadToMissing() {
    const missing = screen.querySelector(".missing .choice");
    if (!missing) return;
    missing.scrollIntoView({ block: "center" });
    missing.querySelector("input").focus({ preventScroll: true });
  }

  /** Reads a page that changes again and again, and swaps in what is new. */
  function follow() {
    const pause = Number(screen.dataset.live);
    if (!pause) return;
    setTimeout(async () => {
      if (!document.hidden) await refresh();
      follow();
    }, pause);
  }

  async function refresh() {
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("screen");
      if (!fresh || fresh.innerHTML === seen) return;
      seen = fresh.innerHTML;
      const focused = screen.contains(document.activeElement) && document.activeElement !== screen;
      screen.innerHTML = fresh.innerHTML;
      if (fresh.dataset.live) screen.dataset.live = fresh.dataset.live;
      else delete screen.dataset.live;
      if (focused) screen.focus({ preventScroll: true });
      enrich();
    } catch {
      // the server is away for a moment; the next round asks again
    }
  }

  function enrich() {
    offerCodes();
    offerCopies();
  }

  let seen = screen.innerHTML;
  enrich();
  leadToMissing();
  follow();
})();
