/** A line as Go's `slog` writes it with the text handler, as Ollama configures it. */
export function log(level: 'DEBUG' | 'INFO' | 'WARN', source: string, message: string): void {
  const text = /[\s"=]/.test(message) ? JSON.stringify(message) : message
  process.stderr.write(
    `time=${new Date().toISOString()} level=${level} source=${source} msg=${text}\n`,
  )
}

/** A line of Gin, the web framework, for each request. */
export function logRequest(status: number, begun: number, method: string, path: string): void {
  const at = new Date().toISOString().slice(0, 19).replaceAll('-', '/').replace('T', ' - ')
  const took = `${(performance.now() - begun).toFixed(6)}ms`.padStart(13)
  process.stdout.write(
    `[GIN] ${at} | ${status} |${took} |       127.0.0.1 | ${method.padEnd(8)} "${path}"\n`,
  )
}
