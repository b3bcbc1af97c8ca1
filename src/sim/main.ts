#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { JarvisError } from '../errors.ts'
import type { Faults } from './faults.ts'
import type { Simulator } from './inference.ts'
import { die, log } from './log.ts'
import { DEFAULT_KEEP_ALIVE_MS, Model } from './model.ts'
import { HELP, parseOptions, type SimOptions } from './options.ts'
import { createSimServer, preload } from './server.ts'

/** How the process that the `child` faults start knows that it is one. */
const SLEEPER = '--sleeper'
/** A child that nobody ends is gone by then. */
const SLEEP_MS = 10 * 60_000
const FLOOD_TICK_MS = 20

if (process.argv[2] === SLEEPER) setTimeout(() => {}, SLEEP_MS)
else main()

function main(): void {
  // Whoever read the log may be gone; the engine goes on, as servers do.
  process.stdout.on('error', () => {})
  const options = optionsOrDie()
  if (!options) {
    process.stdout.write(HELP)
    return
  }
  if (options.speak !== null) {
    void speakOut(options.speak)
    return
  }
  const { faults } = options
  obeySignals(faults)
  log('INFO', 'jarvis simulator: no neural network, its numbers describe the simulator')
  if (faults.size > 0) log('WARN', `faults: ${[...faults.keys()].join(', ')}`)
  if (faults.has('crash-starting')) {
    die('error while loading shared libraries: libcudart.so.12: cannot open shared object file')
  }
  if (faults.has('port-taken')) dieOfPort(options.port)
  const flood = faults.get('flood')
  if (flood) startFlood(flood)
  if (faults.has('child')) void startChild(false)
  if (faults.has('child-setsid')) void startChild(true)
  const delay = faults.get('slow-start')
  if (delay) setTimeout(() => listen(options), delay * 1000)
  else listen(options)
}

async function speakOut(text: string): Promise<void> {
  const { spokenWav } = await import('./speech/spoken-wav.ts')
  process.stdout.write(spokenWav(text))
}

function optionsOrDie(): SimOptions | null {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (thrown) {
    if (thrown instanceof JarvisError) return die(`${thrown.message}\nTry --help.`)
    throw thrown
  }
}

function listen(options: SimOptions): void {
  const model = new Model({
    name: options.model,
    loadTime: options.loadTime,
    keepAlive: options.loadEager ? Number.POSITIVE_INFINITY : DEFAULT_KEEP_ALIVE_MS,
    crashLoading: options.faults.has('crash-loading'),
  })
  const sim: Simulator = { options, model, asked: 0, answered: 0 }
  const server = createSimServer(sim)
  server.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') dieOfPort(options.port)
    die(`Error: ${error.message}`)
  })
  server.listen(options.port, '127.0.0.1', () => {
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : options.port
    log('INFO', `serving ${options.model}, pid ${process.pid}`)
    log('INFO', `listening on http://127.0.0.1:${port}`)
    void preload()
    if (options.loadEager) void model.use().then((release) => release())
  })
}

function dieOfPort(port: number): never {
  die(
    `Error: listen EADDRINUSE: address already in use 127.0.0.1:${port}\n` +
      `Port ${port} is in use by another process: stop it or choose another --port.`,
  )
}

function obeySignals(faults: Faults): void {
  const leave = (signal: NodeJS.Signals) => {
    log('INFO', `${signal}: shutting down`)
    process.exit(0)
  }
  process.on('SIGINT', leave)
  process.on('SIGTERM', (signal) => {
    if (faults.has('ignore-sigterm')) log('WARN', 'fault ignore-sigterm: SIGTERM is ignored')
    else leave(signal)
  })
}

function startFlood(linesPerSecond: number): void {
  const start = performance.now()
  let written = 0
  setInterval(() => {
    const due = Math.floor(((performance.now() - start) / 1000) * linesPerSecond)
    for (; written < due; written += 1) log('INFO', `fault flood: line ${written + 1}`)
  }, FLOOD_TICK_MS)
}

/** A child that holds the log open and outlives its parent, as the workers of real engines do. */
async function startChild(detached: boolean): Promise<void> {
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), SLEEPER], {
    detached,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  log('WARN', `fault ${detached ? 'child-setsid' : 'child'}: started process ${child.pid}`)
}
