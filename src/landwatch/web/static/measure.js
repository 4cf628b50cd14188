// Compares readings: one plot a unit on one time axis, lines told apart by dashes as well as colours.

"use strict";

(() => {
  const HEIGHT = 240;
  const COLOURS = ["--accent", "--hazard", "--unknown", "--bad", "--good", "--doubtful", "--ink", "--soft"];
  const DASHES = [[], [8, 4], [2, 3], [12, 3, 2, 3], [5, 5], [14, 6], [2, 6], [8, 3, 2, 3, 2, 3]];
  // A pause of more than so many steps is a gap, not a line.
  const GAP_STEPS = 3;

  const place = document.getElementById("compared");
  if (!place) return;
  const { fill, moment, words } = window.landwatch;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  // Columns of one series, with an empty point in each pause so that no line crosses it.
  const arranged = (series) => {
    const [times, values, shown] = [[], [], []];
    series.times.forEach((time, index) => {
      const before = times.at(-1);
      if (before !== undefined && time - before > GAP_STEPS * series.step) {
        times.push(before + series.step);
        values.push(null);
        shown.push(words.absent_all);
      }
      times.push(time);
      values.push(series.values[index]);
      shown.push(series.shown[index]);
    });
    return { times, values, shown: new Map(times.map((time, index) => [time, shown[index]])) };
  };

  const build = (plot, told) => {
    const rows = plot.series.map(arranged);
    const box = document.createElement("div");
    box.className = "plot";
    const head = document.createElement("b");
    head.textContent = plot.unit ? `[${plot.unit}]` : "";
    const area = document.createElement("div");
    area.tabIndex = 0;
    area.setAttribute("role", "application");
    area.setAttribute("aria-label", fill(words.plot, { title: plot.series.map((one) => one.name).join(", ") }));
    box.append(head, area);
    place.append(box);
    const soft = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 }, font: "12px system-ui, sans-serif" };
    const chart = new uPlot({
      width: area.clientWidth || 600,
      height: HEIGHT,
      cursor: { sync: { key: "compared" }, drag: { x: false, y: false } },
      scales: { x: { range: () => [told.from, told.to] } },
      axes: [soft, { ...soft, size: 58 }],
      series: [
        { label: words.time, value: (_, time) => (time === null ? "" : moment(time * 1000)) },
        ...plot.series.map((one, index) => ({
          label: one.name,
          stroke: colour(COLOURS[index % COLOURS.length]),
          dash: DASHES[index % DASHES.length],
          width: 1.7,
          points: { show: one.times.length < 90, size: 5 },
          value: (u, value, _, at) => (at === null ? "" : rows[index].shown.get(u.data[0][at]) ?? ""),
        })),
      ],
    }, uPlot.join(rows.map((one) => [one.times, one.values])), area);
    area.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const last = chart.data[0].length - 1;
      const row = Math.min(last, Math.max(0, (chart.cursor.idx ?? (step > 0 ? -1 : last + 1)) + step));
      chart.setCursor({ left: chart.valToPos(chart.data[0][row], "x"), top: HEIGHT / 3 }, true, true);
    });
    new ResizeObserver(() => chart.setSize({ width: area.clientWidth, height: HEIGHT })).observe(area);
  };

  const load = async () => {
    const answer = await fetch(place.dataset.source);
    if (!answer.ok) return;
    const told = await answer.json();
    place.replaceChildren();
    for (const plot of told.plots) build(plot, told);
    if (!told.plots.length) place.textContent = words.no_readings;
  };

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", load);
  load();
})();
