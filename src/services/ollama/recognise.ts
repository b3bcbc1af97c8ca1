import type { HostProcess } from '../processes/process-table.ts'

/** The library folders of an installation, of a build and of the macOS app. */
const LIBRARY = /(^|\/)(lib\/ollama|Ollama\.app\/Contents\/Resources)\//
const PROGRAM = /^(\.?ollama(-wrapped)?|[Oo]llama\.exe)$/
const RUNNER = /^(llama-server|ollama_llama_server)(\.exe)?$/
const DESKTOP_APP = /(\/Ollama\.app\/Contents\/MacOS\/[^/]+|(^|\/)ollama app\.exe)$/i

/** Whether this is the server: `ollama serve`, also under its other name `ollama start`. */
export function isServer({ program, args }: HostProcess): boolean {
  if (!PROGRAM.test(nameOf(program))) return false
  const command = args.find((arg) => !arg.startsWith('-'))
  return command === 'serve' || command === 'start'
}

/**
 * Whether this is a runner of Ollama's: its own runner command, or a runner whose program lies in Ollama's
 * library folder. Everybody may run a `llama-server` of his own, and that one is not Ollama's.
 */
export function isRunner({ program, args }: HostProcess): boolean {
  const name = nameOf(program)
  if (PROGRAM.test(name)) return args[0] === 'runner'
  return RUNNER.test(name) && LIBRARY.test(slashes(program))
}

/** Whether this is the app in the menu bar or the tray, which starts the server again. */
export function isDesktopApp({ program }: HostProcess): boolean {
  return DESKTOP_APP.test(slashes(program))
}

/** `/usr/local/bin/ollama serve (pid 4711)`. */
export function inWords({ program, args, pid }: HostProcess): string {
  const line = [program, ...args].join(' ')
  return `${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line} (pid ${pid})`
}

const LONGEST_LINE = 120

const slashes = (path: string): string => path.replaceAll('\\', '/')

/** The last part of a path of whichever system. */
export function nameOf(program: string): string {
  return slashes(program).split('/').at(-1)!
}
