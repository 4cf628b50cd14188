// Keeps a page up to date: ages by the second, parts by htmx when the server tells of something new.

"use strict";

(() => {
  const TICK_MS = 1000;
  // The server says something every 15 s; so long a silence means that the connection is dead.
  const SILENCE_MS = 40000;
  const RETRY_MS = 5000;

  const body = document.body;
  const words = JSON.parse(body.dataset.words);
  const language = document.documentElement.lang;

  // Ages are counted by the server's clock, for a phone's may be wrong.
  let ahead = 0;
  const setClock = (now) => { ahead = Date.parse(now) - Date.now(); };
  const now = () => Date.now() + ahead;

  const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
  const number = (value) => numbers.format(value);
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => (typeof values[key] === "number" ? number(values[key]) : values[key]));

  const span = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return fill(words.s, { n: s });
    if (s < 3600) return fill(words.min, { n: Math.floor(s / 60) });
    if (s >= 86400) return fill(words.d, { n: Math.floor(s / 86400) });
    const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
    return m ? fill(words.h_min, { h, n: h, m }) : fill(words.h, { n: h });
  };

  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
  const dayOfYear = new Intl.DateTimeFormat(language, { year: "numeric", month: "short", day: "numeric" });

  // What is this day's goes without the day, and what is this year's without the year.
  const moment = (time) => {
    const [date, today] = [new Date(time), new Date(now())];
    if (dayOfYear.format(date) === dayOfYear.format(today)) return clock.format(date);
    const its = date.getFullYear() === today.getFullYear() ? day : dayOfYear;
    return `${its.format(date)} ${clock.format(date)}`;
  };

  const write = (element, text) => {
    if (element.textContent !== text) element.textContent = text;
  };

  const tick = () => {
    const at = now();
    for (const element of document.querySelectorAll("time.span")) {
      write(element, span((at - Date.parse(element.dateTime)) / 1000));
    }
    for (const element of document.querySelectorAll("[data-late]")) {
      const age = (at - Date.parse(element.dataset.taken)) / 1000;
      element.classList.toggle("late", age > Number(element.dataset.late));
    }
  };

  const localise = () => {
    for (const element of document.querySelectorAll("time.moment")) {
      const date = new Date(element.dateTime);
      write(element, moment(date));
      element.title = element.dateTime;
    }
  };

  const zone = () => {
    const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const offset = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" })
      .formatToParts(new Date(now())).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC");
    const text = name === offset ? name : `${name} (${offset})`;
    write(document.getElementById("zone"), fill(words.zone, { zone: text }));
  };

  const recount = () => {
    const part = document.querySelector(".again[data-counts]");
    if (!part) return;
    for (const [state, count] of Object.entries(JSON.parse(part.dataset.counts))) {
      const element = document.getElementById(`count-${state}`);
      if (element) write(element, number(count));
    }
  };

  const refreshed = () => {
    const part = document.querySelector(".again");
    if (part) setClock(part.dataset.now);
    recount();
    localise();
    tick();
  };

  // News

  const offline = document.getElementById("offline");
  let source = null;
  let heard = 0;
  let lost = null;
  let retry = 0;
  let seen = Number(body.dataset.count);

  const news = (cameras) => {
    const mine = body.dataset.camera;
    if (mine && cameras && !cameras.includes(mine)) return;
    body.dispatchEvent(new CustomEvent("news"));
  };

  const hear = () => {
    heard = Date.now();
    if (lost === null) return;
    lost = null;
    offline.hidden = true;
    news(null);
  };

  const miss = () => {
    if (lost === null) lost = now();
    offline.textContent = fill(words.offline, { time: moment(lost) });
    offline.hidden = false;
  };

  const connect = () => {
    clearTimeout(retry);
    source?.close();
    source = new EventSource(`/stream?after=${seen}`);
    heard = Date.now();
    const told = (event) => {
      const body = JSON.parse(event.data);
      seen = body.count;
      setClock(body.now);
      hear();
      return body.cameras;
    };
    source.addEventListener("here", told);
    source.addEventListener("news", (event) => news(told(event)));
    source.addEventListener("error", () => {
      miss();
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(connect, RETRY_MS);
    });
  };

  const watch = () => {
    if (document.hidden || !source) return;
    if (Date.now() - heard > SILENCE_MS) {
      miss();
      connect();
    }
  };

  // A page that nobody looks at costs nothing; it catches up when it is looked at again.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) {
      clearTimeout(retry);
      source?.close();
      source = null;
    } else {
      connect();
    }
  });

  // Filter: the choice stays in the address.

  const filter = document.getElementById("filter");
  const keep = () => {
    const chosen = new URLSearchParams();
    for (const [key, value] of new FormData(filter)) {
      if (value && !(key === "sort" && value === "name")) chosen.set(key, value);
    }
    const query = chosen.toString();
    history.replaceState(null, "", query ? `?${query}` : location.pathname);
  };
  filter?.addEventListener("input", keep);

  // Cameras that are chosen stay so when the grid is fetched again, while they are shown.

  const bulk = document.getElementById("bulk");
  const picks = () => [...document.querySelectorAll(".pick input")];
  const chosen = new Set();
  const count = () => {
    const label = document.getElementById("chosen");
    write(label, fill(label.dataset.words, { count: picks().filter((one) => one.checked).length }));
  };
  const choose = () => {
    for (const one of picks()) one.checked = chosen.has(one.value);
    count();
  };
  if (bulk) {
    const all = document.getElementById("choose-all");
    all.hidden = false;
    all.addEventListener("click", () => {
      for (const one of picks()) chosen.add(one.value);
      choose();
    });
    document.addEventListener("change", (event) => {
      if (!event.target.matches(".pick input")) return;
      chosen[event.target.checked ? "add" : "delete"](event.target.value);
      count();
    });
    bulk.addEventListener("submit", () => { bulk.elements.back.value = location.search.slice(1); });
    document.addEventListener("htmx:after:swap", choose);
    for (const one of picks()) if (one.checked) chosen.add(one.value);
    count();
  }

  document.addEventListener("keydown", (event) => {
    const find = filter?.querySelector("input[type=search]");
    if (event.key !== "/" || !find || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    find.focus();
  });

  addEventListener("offline", miss);
  addEventListener("online", connect);
  document.addEventListener("htmx:after:swap", refreshed);
  setClock(body.dataset.now);
  zone();
  refreshed();
  connect();
  setInterval(() => { tick(); watch(); }, TICK_MS);

  window.landwatch = { fill, moment, now, number, refreshed, words };
})();
