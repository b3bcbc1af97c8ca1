import { spawn } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { shellWord } from '../../src/host/shell-word.ts'

/** A line of news while a long command runs, and how much of its last line that shows. */
const NEWS_EVERY_MS = 20_000
const NEWS_WIDTH = 90
/** How many lines of a command that failed are shown. */
const LAST_LINES = 12

export interface CommandOptions {
  cwd?: string
  env?: Record<string, string>
  /** Said of it while it runs. */
  doing: string
}

/** What a recipe works with: its folder, commands with a log and progress, and links in `bin`. */
export interface Job {
  root: string
  /** Of this part alone. */
  folder: string
  say: (text: string) => void
  /** Runs a command to its end; what it printed. Throws with its last lines where it fails. */
  run: (file: string, args: string[], options: CommandOptions) => Promise<string>
  /** Starts a program and gives the means to end it; for a server that a recipe needs for a moment. */
  serve: (file: string, args: string[], env: Record<string, string>) => Server
  /** Puts a program into `bin`, which the plan has on PATH: a link, or a script that starts it with arguments. */
  offer: (name: string, program: string, args?: string[]) => string
}

export interface Server {
  stop: () => Promise<void>
}

export function createJob(root: string, name: string, say: (text: string) => void): Job {
  const folder = join(root, name)
  const logs = join(root, 'logs')
  for (const each of [folder, logs, join(root, 'bin')]) mkdirSync(each, { recursive: true })
  const log = join(logs, `${name}.log`)
  const began = Date.now()
  const start = (file: string, args: string[], env: Record<string, string>, cwd: string) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const out = createWriteStream(log, { flags: 'a' })
    out.write(`\n$ ${[file, ...args].join(' ')}\n`)
    const kept: string[] = []
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        out.write(text)
        kept.push(text)
      })
    }
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => {
        out.end()
        resolve(code)
      })
    })
    return { child, ended, said: () => kept.join('') }
  }
  return {
    root,
    folder,
    say,
    async run(file, args, { cwd = folder, env = {}, doing }) {
      say(doing)
      const { ended, said } = start(file, args, env, cwd)
      const news = setInterval(() => {
        const minutes = ((Date.now() - began) / 60_000).toFixed(1)
        say(`${doing} … ${minutes} min: ${lastLines(said(), 1).slice(0, NEWS_WIDTH)}`)
      }, NEWS_EVERY_MS)
      try {
        const code = await ended
        if (code === 0) return said()
        throw new Error(
          `${basename(file)} ended with code ${code}; all of it is in ${log}:\n${lastLines(said(), LAST_LINES)}`,
        )
      } finally {
        clearInterval(news)
      }
    },
    serve(file, args, env) {
      const { child, ended } = start(file, args, env, folder)
      return {
        stop: async () => {
          child.kill()
          await ended.catch(() => null)
        },
      }
    },
    offer(target, program, args = []) {
      const path = join(root, 'bin', target)
      rmSync(path, { force: true })
      if (args.length === 0) symlinkSync(program, path)
      else {
        const words = [program, ...args].map(shellWord)
        writeFileSync(path, `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`, { mode: 0o755 })
      }
      return path
    },
  }
}

/** Whether a program was built of exactly this, so that a part that is made anew need not build it again. */
export function isBuilt(program: string, of: readonly string[]): boolean {
  try {
    return existsSync(program) && readFileSync(`${program}.built`, 'utf8') === JSON.stringify(of)
  } catch {
    return false
  }
}

/** Says what a program was built of. */
export function markBuilt(program: string, of: readonly string[]): void {
  writeFileSync(`${program}.built`, JSON.stringify(of))
}

/** A file of this repository, as part of what a recipe is made of. */
export function textOf(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}

function lastLines(text: string, count: number): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '')
  return lines.slice(-count).join('\n')
}
