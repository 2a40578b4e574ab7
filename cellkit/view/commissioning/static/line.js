// The line to the cell (a WebSocket): news come in, requests go out. The key is this tab's secret of the session.
const KEY = `cellkit-key-${location.port}`;

export const key = () => sessionStorage.getItem(KEY);
export const forget = () => sessionStorage.removeItem(KEY);

async function post(path, body) {
  const headers = { "Content-Type": "application/json", "X-Cellkit-Key": key() || "" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
}

export async function logIn(name, password) {
  const answer = await post("/login", { name, password });
  if (answer.ok) sessionStorage.setItem(KEY, (await answer.json()).key);
  return answer.status;
}

export const logOut = () => post("/logout", {}).catch(() => {});

export class Line {
  // receive(message): every message except answers. closed(code): 4003 refused, 4001 session ended, else line lost.
  constructor(receive, closed) {
    this.pending = new Map();
    this.number = 0;
    this.socket = new WebSocket(`ws://${location.host}/line`);
    this.socket.onopen = () => this.socket.send(JSON.stringify({ key: key() }));
    this.socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.kind !== "answer") return receive(message);
      this.pending.get(message.number)?.(message);
      this.pending.delete(message.number);
    };
    this.socket.onclose = (event) => {
      clearInterval(this.sign);
      for (const done of this.pending.values()) done({ refused: "failed", says: "the connection was lost" });
      this.pending.clear();
      closed(event.code);
    };
    this.sign = setInterval(() => this.say({ here: true }), 1000);
  }

  get open() { return this.socket.readyState === WebSocket.OPEN; }

  say(message) {
    if (this.open) this.socket.send(JSON.stringify(message));
  }

  ask(name, values = {}) {
    if (!this.open) return Promise.resolve({ refused: "failed", says: "there is no connection" });
    const number = ++this.number;
    const answered = new Promise((done) => this.pending.set(number, done));
    this.say({ ask: name, with: values, number });
    return answered;
  }

  alive(job) { this.say({ ask: "jog_alive", with: { job }, number: 0 }); }

  async stop() {
    if (this.open) return this.ask("stop", { device: "" });
    try {
      return await (await post("/stop", {})).json();
    } catch {
      return { refused: "failed", says: "there is no connection" };
    }
  }
}
