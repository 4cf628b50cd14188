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
  const { fill, moment, plotting, words } = window.landwatch;
  const { colour } = plotting;

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
    const chart = new uPlot({
      width: area.clientWidth || 600,
      height: HEIGHT,
      cursor: { sync: { key: "compared" }, drag: { x: false, y: false } },
      scales: { x: { range: () => [told.from, told.to] } },
      axes: plotting.axes(),
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
    plotting.steer(area, chart, (move) => move());
    plotting.fit(area, chart);
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
