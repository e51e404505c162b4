// Keeps a page marked data-live fresh: when something has been processed, and every five seconds, its main part is fetched
// again and, if it says something new, put in place. Never while the page is hidden, somebody has the focus in it, selects text, or has paused it.
"use strict";
(() => {
  const main = document.querySelector("main[data-live]");
  const heading = main && main.querySelector("h1");
  if (!heading || location.search) return;
  let paused = false;
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "quiet live";
  const show = () => { toggle.textContent = paused ? "Resume updates" : "Pause updates"; };
  toggle.addEventListener("click", () => { paused = !paused; show(); });
  show();
  const line = document.createElement("div");
  line.className = "heading";
  heading.replaceWith(line);
  line.append(heading, toggle);

  const isBusy = () =>
    paused || document.hidden || !getSelection().isCollapsed ||
    (main.contains(document.activeElement) && document.activeElement !== main && document.activeElement !== toggle);
  const parts = (root) => [...root.querySelectorAll(":scope > :not(h1, .heading)")];
  let shown = parts(main).map((part) => part.outerHTML).join("");

  const refresh = async () => {
    if (isBusy()) return;
    const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return location.reload();
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const next = parts(fresh).map((part) => part.outerHTML).join("");
    if (next === shown || isBusy()) return;
    const open = [...main.querySelectorAll("details")].map((each) => each.open);
    parts(main).forEach((part) => part.remove());
    main.append(...parts(fresh));
    main.querySelectorAll("details").forEach((each, at) => { if (open[at] !== undefined) each.open = open[at]; });
    shown = next;
  };
  const look = () => { due = 0; refresh().catch(() => {}); };
  let due = 0;
  let source = null;
  const follow = () => {
    if (source) source.close();
    source = document.hidden || !window.EventSource ? null : new EventSource(`/studio/api/stream?environment=${main.dataset.live}`);
    if (source) source.onmessage = () => { due = due || setTimeout(look, 250); };
  };
  document.addEventListener("visibilitychange", () => { follow(); look(); });
  addEventListener("pagehide", () => { if (source) source.close(); });
  follow();
  setInterval(look, 5000);
})();
