// A card for each device: its readings and its buttons.
import { holdable } from "/hold.js";

const MODES = ["other", "manual, reduced speed", "manual, high speed", "automatic", "automatic external"];
const STATES = { 1: "idle", 2: "ready", 3: "executing" };
const AXES = ["x", "y", "z", "rx", "ry", "rz"];
export const DEGREE = Math.PI / 180;

export function make(tag, text = "", kind = "") {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  if (kind) element.className = kind;
  return element;
}

export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function shown(item, value) {
  if (value === null || value === undefined) return "unknown";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return value.length ? value.map((element) => shown(item, element)).join(", ") : "none";
  if (typeof value !== "number") return String(value) || "none";
  if (item.unit === "m") return `${(value * 1000).toFixed(1)} mm`;
  if (item.unit === "Pa") return `${(value / 1000).toFixed(1)} kPa`;
  return `${Number(value.toPrecision(4))} ${item.unit}`.trim();
}

// Roll, pitch and yaw (degrees, about the fixed axes x, y, z) of a unit quaternion x, y, z, w.
function angles([x, y, z, w]) {
  const roll = Math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y));
  const pitch = Math.asin(Math.max(-1, Math.min(1, 2 * (w * y - z * x))));
  const yaw = Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
  return [roll, pitch, yaw].map((angle) => angle / DEGREE);
}

export class Card {
  // page: {line(), choices(), say(text), act(button, request, values)}
  constructor(device, page) {
    this.device = device;
    this.page = page;
    this.values = {};
    this.operation = null;
    this.alarms = new Map();
    this.error = "";
    this.buttons = [];
    this.recovering = [];
    this.root = make("section");
    const model = device.model ? `, ${device.vendor} ${device.model}` : "";
    this.root.append(make("h2", `${device.role} (${device.kind.replaceAll("_", " ")}${model})`));
    this.state = make("p", "", "state");
    this.state.setAttribute("role", "status");
    this.facts = make("dl");
    this.root.append(this.state, this.facts);
    this.cells = {};
    if (device.kind === "arm") this.arm();
    else this.rest();
  }

  fact(name) {
    if (!this.cells[name]) {
      this.cells[name] = make("dd");
      this.facts.append(make("dt", name), this.cells[name]);
    }
    return this.cells[name];
  }

  button(text, request, values, row) {
    const button = make("button", text);
    button.addEventListener("click", () => this.page.act(button, request, values()));
    row.append(button);
    return button;
  }

  arm() {
    const row = make("div", "", "buttons");
    const command = (name) => () => ({ device: this.device.role, command: name, arguments: [] });
    this.recovering.push(this.button("Recover (clear a protective stop or fault)", "command", command("Recover"), row));
    this.ready = this.button("Get ready", "system", () => ({ device: this.device.role, do: "get_ready" }), row);
    this.positions = {};
    const joints = this.axes(this.device.joints.map((name, index) => [String(index + 1), `J${index + 1}`, name]));
    const cartesian = this.axes(AXES.map((axis) => [axis, axis.toUpperCase(), ""]));
    this.root.append(row, make("h3", "Joints (°)"), joints, make("h3", "TCP (mm and °)"), cartesian);
  }

  axes(axes) {
    const grid = make("div", "", "axes");
    for (const [axis, label, name] of axes) {
      const row = make("div", "", "axis");
      row.append(make("b", label));
      const jogButton = (direction) => {
        const button = make("button", direction < 0 ? "−" : "+");
        button.setAttribute("aria-label", `${this.device.role}: jog ${name || label} ${direction < 0 ? "minus" : "plus"}`);
        const turns = axis.length === 2 || /\d/.test(axis);
        const jog = () => ({ device: this.device.role, axis, direction, ...this.page.choices(turns) });
        holdable(button, this.page.line, jog, this.page.say);
        this.buttons.push(button);
        return button;
      };
      this.positions[axis] = make("span", "–");
      row.append(jogButton(-1), this.positions[axis], jogButton(1));
      grid.append(row);
    }
    return grid;
  }

  rest() {
    const names = this.device.commands.map((command) => command.name);
    const row = make("div", "", "buttons");
    const add = (name, values, list) => {
      if (!names.includes(name)) return;
      const command = () => ({ device: this.device.role, command: name, arguments: values });
      list.push(this.button(name, "command", command, row));
    };
    if (["jaws", "vacuum"].includes(this.device.kind) || names.includes("Grip")) {
      add("Grip", ["", 0], this.buttons);
      add("Release", [""], this.buttons);
      add("Recover", [], this.recovering);
      this.root.append(row);
    }
  }

  readings(values) {
    this.values = values;
    for (const item of this.device.items) {
      const entry = values[item.name];
      if (!entry || ["joint_positions", "joint_velocities", "tcp_pose"].includes(item.name)) continue;
      const [value, quality] = entry;
      let text = quality === "good" ? shown(item, value) : quality;
      if (item.name === "operational_mode" && quality === "good") text = MODES[value] ?? String(value);
      if (item.name === "speed_override" && quality === "good") text = `${Math.round(value * 100)} %`;
      if (item.name === "tcp_speed" && quality === "good") text = `${(value * 1000).toFixed(0)} mm/s`;
      if (["protective_stop", "emergency_stop"].includes(item.name)) continue;
      put(this.fact(item.name.replaceAll("_", " ")), text);
    }
    if (this.device.kind === "arm") this.pose(values);
  }

  pose(values) {
    const joints = values.joint_positions?.[0];
    const tcp = values.tcp_pose?.[0];
    (joints ?? []).forEach((angle, index) => put(this.positions[index + 1], (angle / DEGREE).toFixed(1)));
    if (tcp) {
      const shownPose = [...tcp.slice(0, 3).map((metres) => metres * 1000), ...angles(tcp.slice(3))];
      AXES.forEach((axis, index) => put(this.positions[axis], shownPose[index].toFixed(1)));
    }
    const stops = [["emergency_stop", "emergency stop reported"], ["protective_stop", "protective stop reported"]];
    const active = stops.filter(([name]) => values[name]?.[0]).map(([, text]) => text);
    const known = stops.every(([name]) => values[name]?.[1] === "good");
    put(this.fact("safety state"), active.join(", ") || (known ? "no stop reported" : "unknown"));
  }

  // commanding: whether this page has command. The state text gives the reason for disabled buttons.
  show(commanding) {
    const active = [...this.alarms.values()].filter((alarm) => alarm.active);
    const state = this.operation ? STATES[this.operation.state] ?? "unknown" : "";
    const words = active.map((alarm) => `${alarm.alarm.replaceAll("_", " ").toUpperCase()}: ${alarm.message}`);
    put(this.state, words.join("; ") || (state ? `In order, ${state}` : "In order"));
    this.state.className = `state ${words.length ? "error" : ""}`;
    put(this.fact("last error"), this.error || "none");
    for (const button of this.buttons) button.disabled = !commanding || words.length > 0;
    for (const button of this.recovering) button.disabled = !commanding;
    if (this.ready) this.ready.disabled = !commanding || state !== "idle";
  }
}
