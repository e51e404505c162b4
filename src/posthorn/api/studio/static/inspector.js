// Shows events as they are processed, above those that were there when the page was made. Each carries its position in the
// log: a stream that breaks off, is paused, or rests while the page is hidden goes on behind the last one that was shown.
"use strict";
(() => {
  const MOST_ROWS = 1000;
  const list = document.querySelector("[data-stream]");
  const heading = document.querySelector("main h1");
  if (!list || !heading || !window.EventSource) return;
  const body = list.querySelector("tbody");
  const routine = new Set(list.dataset.routine.split(" "));
  let position = list.dataset.position;
  let source = null;
  let paused = false;
  let waiting = [];
  let timer = 0;

  const element = (name, className, ...inside) => {
    const one = document.createElement(name);
    if (className) one.className = className;
    one.append(...inside);
    return one;
  };
  const state = element("span", "state");
  state.setAttribute("role", "status");
  const toggle = element("button", "quiet live", "Pause");
  toggle.type = "button";
  const line = element("div", "heading");
  heading.replaceWith(line);
  line.append(heading, element("div", "stream", state, toggle));

  const say = (word, text) => {
    if (state.dataset.word === word) return;
    state.dataset.word = word;
    state.textContent = text;
  };
  const moment = (at) => {
    const one = element("time", "", at.slice(0, 19).replace("T", " "));
    one.dateTime = at;
    return one;
  };
  const outcome = (event) => {
    if (event.parked) return element("span", "badge bad", "parked");
    if (event.duplicate) return element("span", "badge warn", "duplicate");
    const count = event.warnings.filter((word) => !routine.has(word)).length;
    if (count) return element("span", "badge warn", `${count} warning${count === 1 ? "" : "s"}`);
    return element("span", "muted", "processed");
  };
  const row = (event) => {
    const user = event.userId || event.anonymousId || "";
    const link = element("a", "", element("span", "kind", event.type));
    link.href = `/studio/events/${event.id}`;
    if (event.event) link.append(" ", element("bdi", "", event.event));
    const narrow = element("span", "narrow", element("bdi", "", user), " · ", moment(event.receivedAt));
    const one = element("tr", event.type.includes(".") ? "own" : "");
    one.append(
      element("td", "when", moment(event.receivedAt)),
      element("td", "", link, " ", narrow),
      element("td", "wide", element("bdi", "", user)),
      element("td", "end", outcome(event)),
    );
    return one;
  };

  const show = () => {
    timer = 0;
    const rows = waiting.slice(-MOST_ROWS).reverse().map(row);
    waiting = [];
    body.prepend(...rows);
    while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
    list.querySelectorAll(":scope > .empty").forEach((each) => each.remove());
  };
  const take = (message) => {
    position = message.lastEventId || position;
    waiting.push(JSON.parse(message.data));
    if (waiting.length > 2 * MOST_ROWS) waiting = waiting.slice(-MOST_ROWS);
    if (!timer) timer = setTimeout(show, 60);
  };
  const close = () => {
    if (source) source.close();
    source = null;
  };
  const open = () => {
    close();
    if (paused || document.hidden) return;
    const address = new URL(list.dataset.stream, location.href);
    address.searchParams.set("after", position);
    source = new EventSource(address);
    source.onopen = () => say("live", "Live");
    source.onmessage = take;
    source.onerror = () => {
      say("away", "Connecting again …");
      if (source.readyState !== EventSource.CLOSED) return;
      close();
      setTimeout(open, 5000);
    };
  };
  toggle.addEventListener("click", () => {
    paused = !paused;
    toggle.textContent = paused ? "Resume" : "Pause";
    if (paused) { close(); say("paused", "Paused"); } else { open(); }
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else if (!source) open(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted && !source) open(); });
  open();
})();
