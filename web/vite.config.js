// Everything in files of their own, none inlined: the page's Content-Security-Policy allows nothing
// else.
import { defineConfig } from "vite";

export default defineConfig({
    build: {
        target: "es2020",
        assetsInlineLimit: 0,
        modulePreload: false,
        reportCompressedSize: false,
    },
    // `npm run dev` beside a service: its answers, and the sources as they are edited.
    server: {
        proxy: { "/v1": process.env.TIDEMARK_SERVICE ?? "http://127.0.0.1:8080" },
    },
});
