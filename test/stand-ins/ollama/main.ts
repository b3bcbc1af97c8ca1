// A stand-in for `ollama`, with the endpoints, log lines, exit codes and child runners that its documentation
// (docs/api.md) and sources show, and without a model: it echoes. What it does beside that is set by:
//   OLLAMA_STAND_IN_IGNORE_SIGTERM  SIGTERM does nothing
//   OLLAMA_STAND_IN_LOAD_MS         how long a model loads
//   OLLAMA_STAND_IN_CPU_SHARE       part of a model that is not on the GPU, 0 to 1
//   OLLAMA_STAND_IN_PULL_MS         how long a download takes
import { createServer } from 'node:http'
import { answer, VERSION } from './endpoints.ts'
import { log } from './log.ts'
import { unloadAll } from './scheduler.ts'

const command = process.argv[2]

const address = (process.env['OLLAMA_HOST'] || '127.0.0.1:11434').replace(/^\w+:\/\//, '')

// It speaks of a server first, and of itself where no server of its own version answers (`cmd/cmd.go`, versionHandler).
if (command === '--version' || command === '-v') {
  const server = await fetch(`http://${address}/api/version`).then(
    async (response) => ((await response.json()) as { version: string }).version,
    () => null,
  )
  if (server === null) console.log('Warning: could not connect to a running Ollama instance')
  else console.log(`ollama version is ${server}`)
  if (server !== VERSION) console.log(`Warning: client version is ${VERSION}`)
  process.exit(0)
}

if (command !== 'serve' && command !== 'start') {
  process.stderr.write(`Error: unknown command ${JSON.stringify(command ?? '')} for "ollama"\n`)
  process.exit(1)
}

const [host = '', port = '11434'] = address.split(':')
const server = createServer((request, response) => void answer(request, response))

server.on('error', (error: NodeJS.ErrnoException) => {
  const reason = error.code === 'EADDRINUSE' ? 'bind: address already in use' : error.message
  process.stderr.write(`Error: listen tcp ${address}: ${reason}\n`)
  process.exit(1)
})

server.listen(Number(port), host, () => {
  const { OLLAMA_HOST, OLLAMA_MODELS, OLLAMA_NOPRUNE, OLLAMA_DEBUG } = process.env
  const env = { OLLAMA_HOST, OLLAMA_MODELS, OLLAMA_NOPRUNE, OLLAMA_DEBUG }
  log('INFO', 'routes.go:1951', `server config ${JSON.stringify(env)}`)
  log('INFO', 'routes.go:2008', `Listening on ${address} (version 0.99.0)`)
})

const end = (): void => {
  server.close()
  server.closeAllConnections()
  void unloadAll().then(() => process.exit(0))
}
process.on('SIGINT', end)
process.on('SIGTERM', () => {
  if (!process.env['OLLAMA_STAND_IN_IGNORE_SIGTERM']) end()
})
