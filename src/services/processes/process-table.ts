import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** A process as a scan saw it; zombies are left out. */
export interface ProcessEntry {
  pid: number
  parent: number
  group: number
  /** Whether its environment holds one of the entries that were looked for. */
  tagged: boolean
}

/** How long `ps` may take. */
const PS_TIMEOUT_MS = 5_000
const PS_MAX_BYTES = 64 * 1024 * 1024

/**
 * Every process of this machine that may be read, with its place in the tree. `tags` are whole environment
 * entries (`NAME=value`). Windows tells neither groups nor environments: the table is empty there.
 */
export function processTable(tags: readonly string[]): ProcessEntry[] {
  if (process.platform === 'win32') return []
  return process.platform === 'linux' ? linuxTable(tags) : psTable(tags)
}

function linuxTable(tags: readonly string[]): ProcessEntry[] {
  const entries: ProcessEntry[] = []
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const stat = readProc(`${name}/stat`)
    // The second field is the program's name in brackets and may hold blanks and brackets itself.
    const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (state === undefined || state === '' || state === 'Z' || state === 'X') continue
    entries.push({
      pid,
      parent: Number(parent),
      group: Number(group),
      tagged: isTagged(name, tags),
    })
  }
  return entries
}

function isTagged(pid: string, tags: readonly string[]): boolean {
  if (tags.length === 0) return false
  const environment = `\0${readProc(`${pid}/environ`)}\0`
  return tags.some((tag) => environment.includes(`\0${tag}\0`))
}

/** Empty where the process is gone or belongs to somebody else. */
function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, 'utf8')
  } catch {
    return ''
  }
}

function psTable(tags: readonly string[]): ProcessEntry[] {
  const tagged = new Set<number>()
  if (tags.length > 0) {
    for (const line of ps('-axEww', 'pid=,command=')) {
      if (tags.some((tag) => `${line} `.includes(` ${tag} `))) tagged.add(Number.parseInt(line, 10))
    }
  }
  return ps('-ax', 'pid=,ppid=,pgid=,stat=').flatMap((line) => {
    const [pid, parent, group, state] = line.trim().split(/\s+/)
    if (state === undefined || state.startsWith('Z')) return []
    const id = Number(pid)
    return [{ pid: id, parent: Number(parent), group: Number(group), tagged: tagged.has(id) }]
  })
}

function ps(select: string, columns: string): string[] {
  const options = { encoding: 'utf8', timeout: PS_TIMEOUT_MS, maxBuffer: PS_MAX_BYTES } as const
  const stdio: ['ignore', 'pipe', 'ignore'] = ['ignore', 'pipe', 'ignore']
  try {
    return execFileSync('ps', [select, '-o', columns], { ...options, stdio }).split('\n')
  } catch {
    return []
  }
}
