import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs'
import { isAbsolute, join, relative, resolve } from 'node:path'
import { sha256 } from '../../host/sha256.ts'
import type { Command } from '../engine.ts'
import { serviceEnvironment } from '../processes/environment.ts'

/** A folder of a model has a few dozen files; of one that has more, so many are looked at. */
const MOST_ENTRIES = 200

/**
 * What tells a service from another one: its program, options, environment, and the files that its command or its engine
 * names, by size and time. A newer program or another model of the same name gives another one.
 */
export function fingerprintOf(
  command: Command,
  { files, session, env }: { files: readonly string[]; session: string; env: NodeJS.ProcessEnv },
): string {
  const { file, args, cwd } = command
  const named = [file, ...args, ...Object.values(command.env)].flatMap((word) => pathIn(word, cwd))
  // What changes with every run says nothing: the folder of its log, and the project around it.
  const told = named.filter((path) => !isIn(path, session) && !isIn(cwd, path))
  const marks = [...told, ...files].flatMap(marksOf)
  const sees = Object.entries(serviceEnvironment(env, command.env)).toSorted(byName)
  return sha256(JSON.stringify({ file, args, cwd, sees, marks }))
}

/** Also of `--model=PATH`. */
function pathIn(word: string, cwd: string): string[] {
  const path = word.startsWith('-') ? word.slice(word.indexOf('=') + 1) : word
  return path === '' || path.startsWith('-') ? [] : [resolve(cwd, path)]
}

function isIn(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

function marksOf(path: string): string[] {
  const stat = statOf(path)
  if (stat === null) return []
  const real = realpathSync(path)
  if (!stat.isDirectory()) return [markOf(real, stat)]
  const names = readdirSync(path).toSorted().slice(0, MOST_ENTRIES)
  return names.flatMap((name) => {
    const entry = statOf(join(path, name))
    return entry === null || entry.isDirectory() ? [] : [markOf(join(real, name), entry)]
  })
}

function markOf(path: string, stat: Stats): string {
  return `${path} ${stat.size} ${stat.mtimeMs}`
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null
  } catch {
    return null
  }
}

function byName([one]: [string, string], [other]: [string, string]): number {
  return one < other ? -1 : 1
}
