// What can be told of a page by looking at it: nothing sticks out sideways, everything has a name, contrast is enough,
// what can be tapped is large enough (WCAG 2.2 AA: 1.4.3, 1.4.10, 2.5.8, 4.1.2).
(() => {
  const faults = [];
  const said = element => `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className} "${(element.textContent || "").trim().slice(0, 40)}"`;
  const shown = element => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) && element.getClientRects().length > 0;
  const tucked = element => element.closest(".hidden, .skip");

  for (const box of [document.documentElement, document.getElementById("screen")]) {
    if (box.scrollWidth > box.clientWidth) faults.push(`${said(box).slice(0, 40)} is ${box.scrollWidth} wide in ${box.clientWidth}`);
  }

  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return { rgb: [r, g, b], a: a / 255 };
  };
  const under = element => {
    for (let at = element; at; at = at.parentElement) {
      const { rgb, a } = rgba(getComputedStyle(at).backgroundColor);
      if (a === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const light = rgb => {
    const [r, g, b] = rgb.map(part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [dark, bright] = [light(one), light(two)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const element = words.currentNode.parentElement;
    if (!words.currentNode.data.trim() || !shown(element) || tucked(element) || element.closest("noscript, script")) continue;
    const style = getComputedStyle(element);
    const ratio = contrast(rgba(style.color).rgb, under(element));
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)} of ${said(element)}`);
  }

  for (const control of document.querySelectorAll("a, button, input, summary")) {
    if (!shown(control) || tucked(control) || control.type === "hidden") continue;
    const name = control.getAttribute("aria-label") || control.textContent.trim() || [...(control.labels ?? [])].map(label => label.textContent.trim()).join("");
    if (!name) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
    const box = (control.closest("label") ?? control).getBoundingClientRect();
    const inline = control.tagName === "A" && getComputedStyle(control).display === "inline";
    if (!inline && (box.width < 24 || box.height < 24)) faults.push(`${Math.round(box.width)}x${Math.round(box.height)}: ${said(control)}`);
  }

  for (const progress of document.querySelectorAll("progress")) {
    if (!progress.getAttribute("aria-label") && !progress.labels.length) faults.push("a progress bar has no name");
  }
  const headings = [...document.querySelectorAll("#screen h1, #screen h2, #screen h3, #screen h4")].filter(shown).map(heading => Number(heading.tagName[1]));
  if (headings.filter(level => level === 1).length !== 1) faults.push("there must be one h1");
  headings.forEach((level, at) => { if (at > 0 && level > headings[at - 1] + 1) faults.push(`h${level} after h${headings[at - 1]}`); });
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size !== ids.length) faults.push("an id stands twice");
  for (const reference of document.querySelectorAll("[aria-labelledby], [aria-describedby], label[for]")) {
    const named = [reference.getAttribute("aria-labelledby"), reference.getAttribute("aria-describedby"), reference.htmlFor].filter(Boolean);
    for (const id of named.flatMap(list => list.split(/\s+/))) if (!ids.includes(id)) faults.push(`nothing is called ${id}`);
  }
  return faults;
})()
