// Draws the readings of one camera: one plot a quantity on one time axis, with the uncertainty as a band,
// gaps where nothing was measured, and the picture of the time under the cursor.

"use strict";

(() => {
  const HEIGHT = 156;
  const SETTLE_MS = 150;
  // A pause of more than so many intervals is a gap, not a line.
  const GAP_INTERVALS = 3;

  const place = document.getElementById("plots");
  const then = document.getElementById("then");
  const { fill, moment, plotting, words } = window.landwatch;
  const { colour } = plotting;
  const plots = new Map();
  let shownTime = null;
  let settle = 0;

  // Columns for uPlot, with an empty point in each pause so that no line crosses it.
  const arrange = (series, told) => {
    const wide = Math.max(GAP_INTERVALS * told.interval, (told.to - told.from) / 200);
    const rows = { times: [], values: [], low: [], high: [], beside: [], from: [] };
    series.times.forEach((time, index) => {
      const before = rows.times.at(-1);
      if (before !== undefined && time - before > wide) {
        rows.times.push(before + told.interval);
        rows.values.push(null);
        rows.low.push(null);
        rows.high.push(null);
        rows.beside.push(null);
        rows.from.push(null);
      }
      const value = series.values[index];
      const sigma = series.sigmas[index];
      const spread = value !== null && sigma !== null;
      rows.times.push(time);
      rows.values.push(value);
      rows.low.push(spread ? value - sigma : null);
      rows.high.push(spread ? value + sigma : null);
      rows.beside.push(series.beside?.[index] ?? null);
      rows.from.push(index);
    });
    return rows;
  };

  const columns = (rows) => [rows.times, rows.values, rows.high, rows.low, rows.beside];

  const hatch = (context) => {
    const size = 8 * devicePixelRatio;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size;
    const pen = canvas.getContext("2d");
    pen.strokeStyle = colour("--strong");
    pen.lineWidth = devicePixelRatio;
    pen.beginPath();
    pen.moveTo(0, size);
    pen.lineTo(size, 0);
    pen.stroke();
    return context.createPattern(canvas, "repeat");
  };

  // Hatches the times of readings without a value, for unseen is not zero.
  const drawAbsent = (plot) => (u) => {
    const { rows, series, told } = plot;
    const edge = (time) => u.valToPos(time, "x", true);
    u.ctx.save();
    u.ctx.beginPath();
    u.ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    u.ctx.clip();
    u.ctx.fillStyle = hatch(u.ctx);
    rows.from.forEach((index, row) => {
      if (index === null || series.absent[index] === null) return;
      const next = rows.times[row + 1];
      const end = next === undefined ? rows.times[row] + told.interval : next;
      u.ctx.fillRect(edge(rows.times[row]), u.bbox.top, edge(end) - edge(rows.times[row]), u.bbox.height);
    });
    u.ctx.restore();
  };

  const readout = (plot) => (u) => {
    const row = u.cursor.idx;
    if (row === null || row === undefined) {
      plot.out.textContent = "";
      return;
    }
    const index = plot.rows.from[row];
    const time = plot.rows.times[row];
    const { series } = plot;
    let text = words.absent_all;
    if (index !== null) {
      text = series.shown[index] ?? fill(words.absent, { reason: series.absent[index] });
      if (series.flags[index]) text += ` (${series.flags[index]})`;
    }
    plot.out.textContent = `${moment(time * 1000)}  ${text}`;
    if (!u.cursor.event && !plot.keyed) return;
    then.classList.add("asked");
    look(time, plot.told.interval);
  };

  const build = (series, told) => {
    const box = document.createElement("div");
    box.className = "plot";
    const head = document.createElement("div");
    head.className = "plot-head";
    const name = document.createElement("b");
    name.textContent = series.unit ? `${series.title} [${series.unit}]` : series.title;
    const out = document.createElement("span");
    out.className = "readout";
    out.setAttribute("aria-live", "polite");
    head.append(name, out);
    const area = document.createElement("div");
    area.tabIndex = 0;
    area.setAttribute("role", "img");
    area.setAttribute("aria-label", fill(words.plot, { title: series.title }));
    box.append(head, area);
    place.append(box);
    const plot = { box, out, area, series, told, rows: arrange(series, told), keyed: false };
    const line = colour("--accent");
    const hidden = { stroke: "transparent", points: { show: false } };
    plot.chart = new uPlot({
      width: area.clientWidth || 600,
      height: HEIGHT,
      legend: { show: false },
      cursor: { sync: { key: "readings" }, drag: { x: false, y: false }, points: { size: 8 } },
      scales: { x: { range: () => [plot.told.from, plot.told.to] }, y: { range: (u, low, high) => spread(low, high) } },
      axes: plotting.axes(),
      series: [
        {},
        { stroke: line, width: 1.6, spanGaps: false, points: { show: (u, i, from, to) => to - from < 90, size: 4, fill: line } },
        hidden,
        hidden,
        { stroke: colour("--doubtful"), width: 1.4, dash: [5, 4], spanGaps: true, points: { show: false } },
      ],
      bands: [{ series: [2, 3], fill: `color-mix(in srgb, ${line} 22%, transparent)` }],
      hooks: { drawClear: [drawAbsent(plot)], setCursor: [readout(plot)] },
    }, columns(plot.rows), area);
    plotting.steer(area, plot.chart, (move) => {
      plot.keyed = true;
      move();
      plot.keyed = false;
    });
    plotting.fit(area, plot.chart);
    return plot;
  };

  const spread = (low, high) => {
    if (low === null || high === null) return [0, 1];
    const room = (high - low) * 0.08 || Math.abs(high) * 0.05 || 0.5;
    return [low - room, high + room];
  };

  // Marks the stretch of the strip that a time falls into.
  const mark = (time) => {
    const strip = document.querySelector("#past .strip");
    for (const part of strip?.children ?? []) {
      const within = Number(part.dataset.from) <= time && time < Number(part.dataset.to);
      part.classList.toggle("at", within);
      if (within) strip.scrollLeft = part.offsetLeft - strip.offsetLeft - strip.clientWidth / 2;
    }
  };

  // The cleared picture of a time, if one is kept.
  const look = (time, interval) => {
    if (time === shownTime) return;
    shownTime = time;
    mark(time);
    clearTimeout(settle);
    settle = setTimeout(async () => {
      const ask = new URLSearchParams({
        since: new Date((time - interval) * 1000).toISOString(),
        until: new Date((time + interval / 2) * 1000).toISOString(),
        status: "cleared",
        limit: "1",
      });
      const answer = await fetch(`${place.dataset.pictures}?${ask}`);
      if (!answer.ok || time !== shownTime) return;
      const [picture] = (await answer.json()).items;
      const image = then.querySelector("img");
      const nothing = then.querySelector(".nothing");
      const url = picture?.url;
      then.hidden = false;
      image.hidden = !url;
      nothing.hidden = Boolean(url);
      nothing.textContent = words.no_picture;
      if (url) image.src = `${url}?width=480`;
      then.querySelector("figcaption").textContent = moment(url ? picture.taken : time * 1000);
    }, SETTLE_MS);
  };

  const load = async () => {
    const answer = await fetch(place.dataset.source);
    if (!answer.ok) return;
    const told = await answer.json();
    const wanted = new Set(told.series.map((series) => `${series.quantity} ${series.unit}`));
    for (const [key, plot] of plots) {
      if (wanted.has(key)) continue;
      plot.chart.destroy();
      plot.box.remove();
      plots.delete(key);
    }
    place.querySelector(".none")?.remove();
    if (!told.series.length) {
      const none = document.createElement("p");
      none.className = "none soft";
      none.textContent = words.no_readings;
      place.append(none);
    }
    for (const series of told.series) {
      const key = `${series.quantity} ${series.unit}`;
      const plot = plots.get(key);
      if (plot) {
        Object.assign(plot, { series, told, rows: arrange(series, told) });
        plot.chart.setData(columns(plot.rows));
      } else {
        plots.set(key, build(series, told));
      }
    }
    const newest = Math.max(...told.series.map((series) => series.times.at(-1) ?? -Infinity));
    if (!then.classList.contains("asked") && Number.isFinite(newest)) look(newest, told.interval);
  };

  const again = () => {
    for (const plot of plots.values()) {
      plot.chart.destroy();
      plot.box.remove();
    }
    plots.clear();
    load();
  };

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  document.body.addEventListener("news", load);
  load();
})();
