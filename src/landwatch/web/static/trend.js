// Draws the rates of the fleet over time, and writes them into the table below. Where nothing was kept, there
// is no point and no line: a gap, never a zero.

"use strict";

(async () => {
  const HEIGHT = 220;
  // Lines differ by dashes as well as by colour.
  const LOOKS = [["--accent", []], ["--hazard", [8, 5]], ["--unknown", [2, 4]]];

  const place = document.getElementById("trend");
  const titles = JSON.parse(place.dataset.titles);
  const answer = await fetch(place.dataset.source);
  if (!answer.ok) return;
  const { periods, step } = await answer.json();

  const { colour, fit, look } = window.landwatch.plotting;
  const language = document.documentElement.lang;
  const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 });
  const day = new Intl.DateTimeFormat(language, { timeZone: "UTC", ...(step === "month" ? { year: "numeric", month: "short" } : { month: "short", day: "numeric" }) });
  const said = (value) => (value === null ? "–" : percent.format(value));

  const body = document.querySelector("#trend-table tbody");
  for (const period of periods) {
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = day.format(Date.parse(period.start));
    row.append(head);
    for (const [name] of titles) row.insertCell().textContent = said(period[name]);
    if (titles.every(([name]) => period[name] === null)) row.title = place.dataset.none;
  }

  const columns = [
    periods.map((period) => Date.parse(period.start) / 1000),
    ...titles.map(([name]) => periods.map((period) => period[name])),
  ];
  let chart = null;
  const draw = () => {
    chart?.destroy();
    chart = new uPlot({
      width: place.clientWidth || 600,
      height: HEIGHT,
      tzDate: (time) => uPlot.tzDate(new Date(time * 1000), "Etc/UTC"),
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (u, low) => [low === null ? 0 : Math.max(0, Math.min(low - 0.02, 0.9)), 1] } },
      axes: [
        { ...look(), values: (u, splits) => splits.map((time) => day.format(time * 1000)) },
        { ...look(), size: 64, values: (u, splits) => splits.map((value) => percent.format(value)) },
      ],
      series: [
        { label: place.dataset.time, value: (u, time) => (time === null ? "" : day.format(time * 1000)) },
        ...titles.map(([, title], index) => ({
          label: title,
          stroke: colour(LOOKS[index][0]),
          dash: LOOKS[index][1],
          width: 2,
          spanGaps: false,
          points: { show: true, size: 5 },
          value: (u, value) => said(value ?? null),
        })),
      ],
    }, columns, place);
    fit(place, chart);
  };
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
})();
