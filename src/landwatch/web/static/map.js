// Draws the map: cameras in clusters, what they see, events; now, or at a time of a day that is replayed.

const place = document.getElementById("map");
const card = document.getElementById("card");
const form = document.getElementById("filter");
const dayField = form.elements.day;
const slider = form.elements.minute;
const playButton = document.getElementById("play");
const nowButton = document.getElementById("now");
const words = JSON.parse(place.dataset.words);

// Worst first, as the server counts them.
const STATES = ["bad", "doubtful", "unknown", "good"];
// Of those that a circle of cameras tells.
const TOLD = ["bad", "doubtful", "unknown"];
const NOTHING = { type: "FeatureCollection", features: [] };
// The cameras are asked for again at most so often; a fleet has something new each second.
const REFRESH_MS = 15000;
// Sectors of so many cameras can be told apart; beyond, they would only cover the land.
const MOST_LOOKS = 400;
const LOOK_KM = 5;
const KM_PER_DEGREE = 111.2;
const STEP_MINUTES = 10;
const STEP_MS = 400;
const ICON_PX = 22;

let fleet = null;
let day = null;
let present = NOTHING;
let map = null;

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const asked = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
};
const collection = (features) => ({ type: "FeatureCollection", features });
const feature = (geometry, properties, id) => ({ type: "Feature", id, geometry, properties });

// What is known of each camera at the time that is shown

const isPast = () => dayField.value !== "";

const standing = () => {
  if (!isPast() || !day) {
    return { states: fleet.states, events: new Set(fleet.events), blind: new Set(fleet.blind), features: present.features };
  }
  const at = Number(slider.value) * 60;
  const index = (name) => fleet.indices.get(name);
  const states = fleet.names.map(() => STATES.indexOf("unknown"));
  for (const [name, since, state] of day.states) {
    if (since <= at && index(name) !== undefined) states[index(name)] = state;
  }
  const within = (from, until) => from <= at && at < until;
  const stood = day.events.filter((event) => within(event.from, event.until));
  return {
    states,
    events: new Set(stood.flatMap((event) => event.cameras.map(index))),
    blind: new Set(day.blind.filter(([, from, until]) => within(from, until)).map(([name]) => index(name))),
    features: stood.flatMap((event) => event.features),
  };
};

const wished = (told) => {
  const state = form.elements.state.value;
  const parts = form.elements.q.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return (index) => {
    if (state === "hazard" ? !told.events.has(index) : state === "blind" ? !told.blind.has(index) : state && STATES[told.states[index]] !== state) return false;
    const text = `${fleet.names[index]} ${fleet.titles[index]}`.toLocaleLowerCase();
    return parts.every((part) => text.includes(part));
  };
};

const shownCameras = (told) => {
  const fits = wished(told);
  const features = [];
  for (let index = 0; index < fleet.names.length; index += 1) {
    if (!fits(index)) continue;
    features.push(feature(
      { type: "Point", coordinates: [fleet.east[index], fleet.north[index]] },
      { title: fleet.titles[index], state: STATES[told.states[index]], event: Number(told.events.has(index)), blind: Number(told.blind.has(index)) },
      index,
    ));
  }
  return features;
};

// A sector as a camera sees it. On so few kilometres the land is flat enough.
const sector = ([left, right], [east, north]) => {
  const wide = ((right - left) % 360 + 360) % 360 || 360;
  const ring = [[east, north]];
  for (let step = 0; step <= 12; step += 1) {
    const angle = (left + wide * step / 12) * Math.PI / 180;
    const up = LOOK_KM * Math.cos(angle) / KM_PER_DEGREE;
    const over = LOOK_KM * Math.sin(angle) / KM_PER_DEGREE / Math.cos(north * Math.PI / 180);
    ring.push([east + over, north + up]);
  }
  return [[...ring, ring[0]]];
};

let drawn = [];
let placed = [];
const compose = () => {
  const told = standing();
  drawn = shownCameras(told);
  placed = told.features;
};

const drawLooks = () => {
  const bounds = map.getBounds();
  const near = drawn.filter((one) => fleet.looks[one.id] && bounds.contains(one.geometry.coordinates));
  const looks = near.length > MOST_LOOKS ? [] : near.map((one) => feature(
    { type: "Polygon", coordinates: sector(fleet.looks[one.id], one.geometry.coordinates) },
    { blind: one.properties.blind },
  ));
  map.getSource("looks").setData(collection(looks));
};

const draw = () => {
  if (!fleet || !map?.getSource("cameras")) return;
  compose();
  map.getSource("cameras").setData(collection(drawn));
  map.getSource("events").setData(collection(placed));
  drawLooks();
};

// How it looks

const colours = () => ({ bad: token("--bad"), doubtful: token("--doubtful"), unknown: token("--unknown"), good: token("--good") });

// The shapes are those of the page's own icons, so that a state looks the same everywhere.
const icon = (name, colour) => {
  const ratio = 3;
  const edge = ICON_PX * ratio;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = edge;
  // Read at once: a canvas on the graphics card would be waited for.
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.scale(edge / 20, edge / 20);
  pen.translate(2, 2);
  pen.lineJoin = pen.lineCap = "round";
  const shapes = [...document.getElementById(`i-${name}`).children].map((shape) => {
    const path = new Path2D(shape.getAttribute("d") ?? undefined);
    if (shape.localName === "circle") path.arc(shape.getAttribute("cx"), shape.getAttribute("cy"), shape.getAttribute("r"), 0, 2 * Math.PI);
    return [path, shape.classList.contains("cut"), shape.classList.contains("line")];
  });
  const stroke = (path, style, width) => { pen.strokeStyle = style; pen.lineWidth = width; pen.stroke(path); };
  for (const [path, cut] of shapes) if (!cut) stroke(path, token("--panel"), 4);
  for (const [path, cut, line] of shapes) {
    if (cut) stroke(path, token("--panel"), 1.8);
    else if (line) stroke(path, colour, 1.8);
    else { pen.fillStyle = colour; pen.fill(path); }
  }
  return [pen.getImageData(0, 0, edge, edge), { pixelRatio: ratio }];
};

const onlySome = ["!", ["has", "point_count"]];
const clustered = ["has", "point_count"];
const count = (key) => ["+", ["case", key, 1, 0]];
const written = (value) => ["number-format", value, { locale: document.documentElement.lang }];
const mark = (key, sign) => ["case", [">", ["get", key], 0], ["concat", ` ${sign}`, written(["get", key])], ""];

// What lies beneath: the operator's tiles, or the outline of the land, which is shipped. The sea is the page's
// own background: a layer of it would have to be compiled, and be drawn in each frame.
const outline = asked(place.dataset.land);
const beneath = async () => {
  const sources = {};
  const layers = [];
  const land = await outline;
  sources.land = { type: "geojson", data: topojson.feature(land, land.objects.land), tolerance: 0.2, maxzoom: 9 };
  layers.push({ id: "land", type: "fill", source: "land", paint: { "fill-color": token("--land"), "fill-outline-color": token("--coast") } });
  if (place.dataset.tiles) {
    const file = new pmtiles.PMTiles(new URL(place.dataset.tiles, location.href).href);
    tiles.add(file);
    const header = await file.getHeader();
    const isVector = header.tileType === pmtiles.TileType.Mvt;
    sources.tiles = { type: isVector ? "vector" : "raster", url: `pmtiles://${file.source.getKey()}`, ...(isVector ? {} : { tileSize: 256 }) };
    layers.push(...(isVector ? protomaps() : [{ id: "tiles", type: "raster", source: "tiles" }]));
  }
  if (place.dataset.boundaries) {
    sources.boundaries = { type: "geojson", data: new URL(place.dataset.boundaries, location.href).href };
    layers.push({ id: "boundaries", type: "line", source: "boundaries", paint: { "line-color": token("--edge"), "line-width": 1.5, "line-dasharray": [4, 2] } });
  }
  return { sources, layers };
};

// Layers of Protomaps' basemaps, without their boundaries.
const protomaps = () => {
  const from = (id, type, paint, more = {}) => ({ id: `tiles-${id}`, type, source: "tiles", "source-layer": id, paint, ...more });
  return [
    from("earth", "fill", { "fill-color": token("--land") }),
    from("landuse", "fill", { "fill-color": token("--good"), "fill-opacity": 0.08 }),
    from("water", "fill", { "fill-color": token("--sea") }, { filter: ["==", ["geometry-type"], "Polygon"] }),
    from("roads", "line", { "line-color": token("--strong"), "line-width": ["interpolate", ["linear"], ["zoom"], 6, 0.5, 16, 5] }),
    from("buildings", "fill", { "fill-color": token("--line") }),
    from("places", "symbol", { "text-color": token("--soft"), "text-halo-color": token("--land"), "text-halo-width": 1.5 }, { layout: { "text-field": ["get", "name"], "text-size": 13, "text-font": ["sans-serif"] } }),
  ];
};

const over = () => {
  const by = colours();
  const hazard = token("--hazard");
  const text = { "text-font": ["sans-serif"], "text-allow-overlap": true, "text-ignore-placement": true };
  const worst = ["case", [">", ["get", "bad"], 0], by.bad, [">", ["get", "doubtful"], 0], by.doubtful, [">", ["get", "unknown"], 0], by.unknown, by.good];
  const image = (name, offset, filter) => ({
    id: `camera-${name}`, type: "symbol", source: "cameras", filter: ["all", onlySome, filter],
    layout: { "icon-image": name, "icon-size": 0.72, "icon-offset": offset, "icon-allow-overlap": true, "icon-ignore-placement": true },
  });
  return {
    sources: {
      looks: { type: "geojson", data: NOTHING },
      events: { type: "geojson", data: collection(placed) },
      cameras: {
        type: "geojson", data: collection(drawn), cluster: true, clusterRadius: 52, clusterMaxZoom: 13,
        // Each is summed in the worker for each camera and scale: only what a layer reads.
        clusterProperties: Object.fromEntries(TOLD.map((state) => [state, count(["==", ["get", "state"], state])])),
      },
    },
    layers: [
      { id: "looks", type: "fill", source: "looks", paint: { "fill-color": token("--look"), "fill-opacity": ["case", ["==", ["get", "blind"], 1], 0, 0.22] } },
      { id: "looks-edge", type: "line", source: "looks", paint: { "line-color": token("--look"), "line-width": 1, "line-dasharray": [3, 2] } },
      { id: "event-areas", type: "fill", source: "events", filter: ["in", ["get", "kind"], ["literal", ["ellipse", "patch"]]], paint: { "fill-color": hazard, "fill-opacity": 0.22 } },
      { id: "event-edges", type: "line", source: "events", filter: ["in", ["get", "kind"], ["literal", ["ellipse", "patch"]]], paint: { "line-color": hazard, "line-width": 1.5 } },
      { id: "bearings", type: "line", source: "events", filter: ["==", ["get", "kind"], "bearing"], paint: { "line-color": hazard, "line-width": 2, "line-dasharray": [4, 2] } },
      { id: "clusters", type: "circle", source: "cameras", filter: clustered, paint: { "circle-color": token("--panel"), "circle-radius": ["step", ["get", "point_count"], 21, 20, 25, 200, 30, 2000, 36], "circle-stroke-width": 3, "circle-stroke-color": worst } },
      {
        id: "counts", type: "symbol", source: "cameras", filter: clustered, paint: { "text-color": token("--ink") },
        layout: { ...text, "text-size": 12, "text-field": ["concat", written(["get", "point_count"]), "\n", mark("bad", "×"), mark("doubtful", "!")] },
      },
      image("event", [18, -16], ["==", ["get", "event"], 1]),
      { id: "cameras", type: "symbol", source: "cameras", filter: onlySome, layout: { "icon-image": ["get", "state"], "icon-allow-overlap": true, "icon-ignore-placement": true } },
      image("blind", [18, 16], ["==", ["get", "blind"], 1]),
      {
        id: "titles", type: "symbol", source: "cameras", filter: onlySome, minzoom: 10,
        paint: { "text-color": token("--ink"), "text-halo-color": token("--land"), "text-halo-width": 1.5 },
        layout: { "text-field": ["get", "title"], "text-font": ["sans-serif"], "text-size": 12, "text-offset": [0, 1.2], "text-anchor": "top", "text-optional": true },
      },
      { id: "places", type: "symbol", source: "events", filter: ["==", ["get", "kind"], "place"], layout: { ...text, "icon-image": "event", "icon-allow-overlap": true, "text-field": ["get", "title"], "text-size": 13, "text-anchor": "top", "text-offset": [0, 1] }, paint: { "text-color": hazard, "text-halo-color": token("--land"), "text-halo-width": 2 } },
    ],
  };
};

const style = async () => {
  const [low, high] = [await beneath(), over()];
  return { version: 8, sources: { ...low.sources, ...high.sources }, layers: [...low.layers, ...high.layers] };
};

const dress = () => {
  for (const [name, colour] of Object.entries(colours())) map.addImage(name, ...icon(name, colour));
  map.addImage("event", ...icon("hazard", token("--hazard")));
  map.addImage("blind", ...icon("blind", token("--ink")));
  drawLooks();
};

// What people do

const whole = (features) => {
  if (!features.length) return [[-170, -55], [170, 75]];
  const [east, north] = [0, 1].map((axis) => features.map((one) => one.geometry.coordinates[axis]));
  const least = (values) => values.reduce((a, b) => Math.min(a, b));
  const most = (values) => values.reduce((a, b) => Math.max(a, b));
  return [[least(east), least(north)], [most(east), most(north)]];
};
const VIEW = { padding: 60, maxZoom: 12, animate: false };

const show = async (name) => {
  const query = new URLSearchParams(new FormData(form));
  const answer = await fetch(`/parts/map/${encodeURIComponent(name)}?${query}`);
  if (!answer.ok) return;
  card.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.childNodes);
  card.hidden = false;
};

card.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) card.hidden = true;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !card.hidden) card.hidden = true;
});

const chosen = async (event) => {
  const [hit] = map.queryRenderedFeatures(event.point, { layers: ["cameras", "clusters"] });
  if (!hit) return;
  if (!hit.properties.cluster) { show(fleet.names[hit.id]); return; }
  const zoom = await map.getSource("cameras").getClusterExpansionZoom(hit.properties.cluster_id);
  map.easeTo({ center: hit.geometry.coordinates, zoom, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
};

const offer = () => {
  for (const button of document.querySelectorAll("[data-show]")) button.hidden = !map;
};
document.getElementById("tables").addEventListener("click", (event) => {
  const name = event.target.closest("[data-show]")?.dataset.show;
  const index = fleet?.indices.get(name);
  if (index === undefined) return;
  map.jumpTo({ center: [fleet.east[index], fleet.north[index]], zoom: 13 });
  place.scrollIntoView({ block: "nearest" });
  show(name);
});

// Time

let playing = 0;
const pause = () => {
  clearInterval(playing);
  playing = 0;
  playButton.textContent = words.play;
};
const changed = () => slider.dispatchEvent(new Event("change", { bubbles: true }));
const play = () => {
  if (playing) { pause(); changed(); return; }
  playButton.textContent = words.pause;
  playing = setInterval(() => {
    const next = Number(slider.value) + STEP_MINUTES;
    slider.value = String(Math.min(next, Number(slider.max)));
    draw();
    if (next >= Number(slider.max)) { pause(); changed(); }
  }, STEP_MS);
};
const loadDay = async () => {
  slider.disabled = !isPast();
  playButton.hidden = nowButton.hidden = !isPast();
  if (!isPast()) pause();
  day = null;
  const wanted = dayField.value;
  if (!wanted) return;
  const told = await asked(`/map/day.json?day=${encodeURIComponent(wanted)}`);
  if (dayField.value === wanted) day = told;
};
playButton.addEventListener("click", play);
nowButton.addEventListener("click", () => {
  dayField.value = "";
  dayField.dispatchEvent(new Event("change", { bubbles: true }));
});
dayField.addEventListener("change", async () => { await loadDay(); draw(); });
form.addEventListener("input", draw);
form.addEventListener("submit", (event) => event.preventDefault());

// News

const load = async () => {
  const [told, events] = await Promise.all([asked("/map/cameras.json"), asked("/map/events.json")]);
  fleet = { ...told, indices: new Map(told.names.map((name, index) => [name, index])) };
  present = events;
};
let last = 0;
let later = 0;
const refresh = () => {
  if (later) return;
  later = setTimeout(async () => {
    later = 0;
    last = performance.now();
    try { await load(); draw(); } catch { /* the page's banner says that the connection is lost */ }
  }, Math.max(0, last + REFRESH_MS - performance.now()));
};

let tiles = null;
const start = async () => {
  const ready = import(place.dataset.renderer).then((library) => {
    library.setWorkerUrl(new URL(place.dataset.worker, location.href).href);
    library.prewarm();
    return library;
  });
  const known = Promise.all([load(), loadDay(), outline]);
  const library = await ready;
  if (place.dataset.tiles) {
    tiles = new pmtiles.Protocol();
    library.addProtocol("pmtiles", tiles.tile);
  }
  // Made before the cameras have come: a browser takes as long for what it draws with.
  const made = new library.Map({
    container: place,
    // Each step of a fade is a whole frame, which a computer without a graphics card takes long for.
    fadeDuration: 0,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    locale: { "Map.Title": words.map },
  });
  await known;
  last = performance.now();
  compose();
  made.fitBounds(whole([...drawn, ...placed.filter((one) => one.properties.kind === "place")]), VIEW);
  made.setStyle(await style());
  map = made;
  map.touchZoomRotate.disableRotation();
  map.addControl(new library.ScaleControl(), "bottom-left");
  map.on("style.load", dress);
  map.on("click", chosen);
  map.on("moveend", drawLooks);
  map.once("idle", () => {
    place.dataset.idle = String(Math.round(performance.now()));
  });
  document.getElementById("nearer").addEventListener("click", () => map.zoomIn());
  document.getElementById("farther").addEventListener("click", () => map.zoomOut());
  document.getElementById("all").addEventListener("click", () => map.fitBounds(whole(drawn), VIEW));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", async () => map.setStyle(await style(), { diff: false }));
  document.body.addEventListener("news", refresh);
  document.addEventListener("htmx:after:swap", offer);
  offer();
};

start().catch((error) => {
  const failed = document.getElementById("failed");
  failed.textContent = words.failed;
  failed.hidden = false;
  place.dataset.fault = String(error);
});
