// Draws what an instrument is to look at onto a cleared picture. The numbers in the form are what counts: each
// line of a field is a point (x, y, …) or a box (left, top, right, bottom, …), and an empty line parts outlines.

"use strict";

(() => {
  const NEAR_PX = 1;
  const FAR_PX = 10;

  const board = document.getElementById("board");
  const form = document.getElementById("draft");
  const said = document.getElementById("said");
  if (!board || !form) return;

  const { fill } = window.landwatch;
  const words = JSON.parse(board.dataset.drawing);
  const [width, height] = [board.viewBox.baseVal.width, board.viewBox.baseVal.height];
  const fields = [...form.querySelectorAll("textarea[data-kind]")];
  let chosen = null;

  const isBox = (field) => field.dataset.kind === "boxes";
  const lines = (field) => field.value.split("\n");
  const cells = (line) => line.split(",").map((cell) => cell.trim());
  const clamp = (value, most) => Math.round(Math.min(Math.max(value, 0), most));

  // All points that can be taken hold of: those of outlines, and two corners of each box.
  const handles = () => fields.flatMap((field) => lines(field).flatMap((line, row) => {
    const numbers = cells(line).map(Number);
    const corners = isBox(field) ? [0, 2] : [0];
    if (!line.trim() || !corners.every((at) => Number.isFinite(numbers[at]) && Number.isFinite(numbers[at + 1]))) return [];
    return corners.map((at) => ({ field, row, at, x: numbers[at], y: numbers[at + 1] }));
  }));

  const same = (one, other) => Boolean(one && other) && one.field === other.field && one.row === other.row && one.at === other.at;
  const current = () => handles().find((handle) => same(handle, chosen)) ?? null;
  const into = () => fields.find((field) => field.dataset.key === form.elements.into.value) ?? fields[0];

  const write = (field, rows) => {
    field.value = rows.join("\n");
    draw();
  };

  const put = (handle, x, y) => {
    const rows = lines(handle.field);
    const row = cells(rows[handle.row]);
    [row[handle.at], row[handle.at + 1]] = [clamp(x, width), clamp(y, height)];
    rows[handle.row] = row.join(", ");
    write(handle.field, rows);
  };

  const add = (x, y) => {
    const field = into();
    const rows = field.value.trim() ? lines(field) : [];
    const held = current();
    const after = held?.field === field && !isBox(field) ? held.row + 1 : rows.length;
    const place = `${clamp(x, width)}, ${clamp(y, height)}`;
    const rest = field.dataset.rest ? `, ${field.dataset.rest}` : "";
    const more = isBox(field) ? `, ${clamp(x + width / 16, width)}, ${clamp(y + height / 16, height)}` : "";
    rows.splice(after, 0, `${place}${more}${rest}`);
    chosen = { field, row: after, at: isBox(field) ? 2 : 0 };
    write(field, rows);
    tell();
  };

  const remove = () => {
    const held = current();
    if (!held) return;
    const rows = lines(held.field);
    rows.splice(held.row, 1);
    chosen = null;
    write(held.field, rows);
    const left = handles().filter((handle) => handle.field === held.field);
    choose(left.findLast((handle) => handle.row < held.row) ?? left[0] ?? null);
  };

  const part = () => {
    const field = into();
    if (field.value.trim()) write(field, [...lines(field), ""]);
    chosen = null;
    draw();
    field.focus();
  };

  const choose = (handle) => {
    chosen = handle;
    if (handle) form.querySelector(`input[name=into][value="${handle.field.dataset.key}"]`).checked = true;
    draw();
    tell();
  };

  const tell = () => {
    const held = current();
    if (!held) {
      said.textContent = "";
      return;
    }
    const own = handles().filter((handle) => handle.field === held.field);
    said.textContent = fill(words.point, {
      shape: held.field.dataset.title,
      n: own.findIndex((handle) => same(handle, held)) + 1,
      of: own.length,
      // As they stand in the field, and not as a number is written here.
      x: String(held.x),
      y: String(held.y),
    });
  };

  const element = (name, attributes) => {
    const made = document.createElementNS(board.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  const outlines = (field) => {
    const drawn = [];
    let points = [];
    const end = () => {
      if (points.length && field.dataset.kind !== "points") {
        drawn.push(["polygon", { points: points.map(({ x, y }) => `${x},${y}`).join(" ") }]);
      }
      points = [];
    };
    const own = handles().filter((handle) => handle.field === field);
    if (isBox(field)) {
      for (const corner of own.filter((handle) => handle.at === 0)) {
        const other = own.find((handle) => handle.row === corner.row && handle.at === 2);
        drawn.push(["rect", {
          x: Math.min(corner.x, other.x),
          y: Math.min(corner.y, other.y),
          width: Math.abs(other.x - corner.x),
          height: Math.abs(other.y - corner.y),
        }]);
      }
      return drawn;
    }
    lines(field).forEach((line, row) => {
      const handle = own.find((one) => one.row === row);
      if (handle) points.push(handle);
      else if (!line.trim() && field.dataset.kind === "polygons") end();
    });
    end();
    return drawn;
  };

  const draw = () => {
    const group = board.querySelector("g");
    const radius = width / 130;
    group.replaceChildren();
    fields.forEach((field, index) => {
      for (const [name, attributes] of outlines(field)) group.append(element(name, { ...attributes, class: `outline is-${index % 4}` }));
    });
    for (const handle of handles()) {
      const dot = element("circle", { cx: handle.x, cy: handle.y, r: radius, class: same(handle, chosen) ? "dot held" : "dot" });
      dot.handle = handle;
      group.append(dot);
    }
  };

  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(board.getScreenCTM().inverse());
    return [point.x, point.y];
  };

  board.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    board.focus();
    board.setPointerCapture(event.pointerId);
    if (event.target.handle) choose(event.target.handle);
    else add(...place(event));
  });
  board.addEventListener("pointermove", (event) => {
    const held = board.hasPointerCapture(event.pointerId) && current();
    if (held) put(held, ...place(event));
  });
  board.addEventListener("pointerup", tell);

  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  board.addEventListener("keydown", (event) => {
    const all = handles();
    const at = all.findIndex((handle) => same(handle, chosen));
    const turn = (step) => choose(all.at((at + step + all.length) % all.length) ?? null);
    const step = STEPS[event.key];
    if (step && current()) {
      const size = event.shiftKey ? FAR_PX : NEAR_PX;
      put(all[at], all[at].x + size * step[0], all[at].y + size * step[1]);
      tell();
    } else if (event.key === "+" && all.length) turn(1);
    else if (event.key === "-" && all.length) turn(at < 0 ? 0 : -1);
    else if (event.key === "Delete" || event.key === "Backspace") remove();
    else if (event.key === "Insert" || event.key === "Enter") {
      const held = current();
      add(held ? held.x + FAR_PX : width / 2, held ? held.y + FAR_PX : height / 2);
    } else return;
    event.preventDefault();
  });

  document.getElementById("add").addEventListener("click", () => {
    add(width / 2, height / 2);
    board.focus();
  });
  document.getElementById("remove").addEventListener("click", remove);
  document.getElementById("part").addEventListener("click", part);
  for (const field of fields) field.addEventListener("input", draw);
  document.getElementById("tools").hidden = false;
  draw();
})();
