/** `fetch` as the setup file found it, before a scenario file may have put another in its place. */
export const nativeFetch: typeof fetch = globalThis.fetch
