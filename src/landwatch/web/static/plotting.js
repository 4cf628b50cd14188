// What all plots share: colours of the page, axes with times and numbers as the reader writes them, and keys.

"use strict";

(() => {
  const language = document.documentElement.lang;
  const { number } = window.landwatch;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  const hm = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const hms = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });

  const times = (_, splits, axis, space, step) => splits.map((second) => {
    const date = new Date(second * 1000);
    if (step >= 86400 || (date.getHours() === 0 && date.getMinutes() === 0)) return day.format(date);
    return (step < 60 ? hms : hm).format(date);
  });

  const look = () => {
    const line = { stroke: colour("--line"), width: 1 };
    return { stroke: colour("--soft"), grid: line, ticks: line, font: "12px system-ui, sans-serif" };
  };
  const axes = () => [
    { ...look(), size: 30, values: times },
    { ...look(), size: 58, space: 26, values: (_, splits) => splits.map(number) },
  ];

  // The left and the right arrow move the cursor of a plot from reading to reading.
  const steer = (area, chart, moved) => area.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const [points] = chart.data;
    if (!step || !points.length) return;
    event.preventDefault();
    const last = points.length - 1;
    const row = Math.min(last, Math.max(0, (chart.cursor.idx ?? (step > 0 ? -1 : last + 1)) + step));
    moved(() => chart.setCursor({ left: chart.valToPos(points[row], "x"), top: chart.height / 3 }, true, true));
  });

  const fit = (area, chart) => {
    new ResizeObserver(() => chart.setSize({ width: area.clientWidth, height: chart.height })).observe(area);
  };

  window.landwatch.plotting = { axes, colour, fit, look, steer };
})();
