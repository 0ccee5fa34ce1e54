// The real program for the tests of the dashboard: a store of its own in a temporary folder, and
// the service on a free port.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const binary = process.env.TIDEMARK_BINARY;
if (binary === undefined) {
    throw new Error("TIDEMARK_BINARY must name the program; ctest sets it");
}

export class Service {
    constructor() {
        this.folder = mkdtempSync(join(tmpdir(), "tidemark-dashboard-"));
        this.store = `sqlite:${join(this.folder, "usage.db")}`;
    }

    // What the command prints; it must succeed.
    run(...words) {
        const environment = { ...process.env, TIDEMARK_STORE: this.store };
        const done = spawnSync(binary, words, {
            cwd: this.folder, env: environment, encoding: "utf8", maxBuffer: 64 << 20,
        });
        if (done.status !== 0) {
            throw new Error(`tidemark ${words.join(" ")}: ${done.status}\n${done.stderr}`);
        }
        return done.stdout;
    }

    write(name, text) {
        writeFileSync(join(this.folder, name), text);
        return join(this.folder, name);
    }

    // Resolves when it listens.
    async start(...more) {
        this.process = spawn(binary, ["serve", "--listen", "127.0.0.1:0", ...more], {
            cwd: this.folder, env: { ...process.env, TIDEMARK_STORE: this.store },
        });
        let log = "";
        this.url = await new Promise((resolve, reject) => {
            this.process.stderr.on("data", (bytes) => {
                log += bytes;
                const listening = /serve\.listening.* url=(http:\S+)/.exec(log);
                if (listening) {
                    resolve(listening[1]);
                }
            });
            this.process.on("exit", (code) => reject(new Error(`serve ended: ${code}\n${log}`)));
        });
    }

    async stop() {
        const ended = new Promise((resolve) => this.process.on("exit", resolve));
        this.process.kill("SIGTERM");
        await ended;
        delete this.process;
    }

    async remove() {
        if (this.process) {
            await this.stop();
        }
        rmSync(this.folder, { recursive: true, force: true });
    }

    // A JSON document of the service.
    async get(target, headers = {}) {
        const response = await fetch(this.url + target, { headers });
        if (!response.ok) {
            throw new Error(`${target}: ${response.status} ${await response.text()}`);
        }
        return response.json();
    }
}
