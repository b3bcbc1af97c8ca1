import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { statusLine } from './status-line.ts'

/** What starts the programs of this project, and never fetches one of the same name. */
const SCRIPTS = { jarvis: 'jarvis', scenarios: 'vitest run --config jarvis' } as const
const DEFAULT_INDENT = '  '
const NOT_READ = 'package.json  It cannot be read, so no scripts were added.'

/** Adds the scripts that package.json does not have; its other text stays as it is laid out. */
export function putScripts(root: string): string[] {
  const path = join(root, 'package.json')
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  const manifest = objectIn(text)
  if (manifest === null) {
    return [statusLine('exists', NOT_READ)]
  }
  const own = manifest['scripts'] as Record<string, string> | undefined
  const missing = Object.entries(SCRIPTS).filter(([name]) => own?.[name] === undefined)
  const names = missing.map(([name]) => name)
  if (names.length === 0)
    return [statusLine('exists', 'package.json  It has these scripts already.')]
  const scripts = { ...own, ...Object.fromEntries(missing) }
  const written = withScripts(text, missing, { ...manifest, scripts })
  if (written === null) return [statusLine('exists', NOT_READ)]
  writeFileSync(path, written)
  return [statusLine('wrote', `package.json  scripts: ${names.join(', ')}`)]
}

/** The text with these scripts, so that it says what is `meant`; null where there is no place for them. */
function withScripts(
  text: string,
  scripts: readonly [string, string][],
  meant: Record<string, unknown>,
): string | null {
  const entries = scripts.map(([name, call]) => `${JSON.stringify(name)}: ${JSON.stringify(call)}`)
  const top = [text.indexOf('{'), text.lastIndexOf('}')] as const
  const whole =
    objectIn(text)?.['scripts'] === undefined ? withEntries(text, top, 1, ['"scripts": {}']) : text
  for (const { index, 0: head } of whole.matchAll(/"scripts"\s*:\s*\{/g)) {
    const open = index + head.length - 1
    // The first one with which it is an object: there may be others in the texts of scripts.
    for (const { index: close } of whole.matchAll(/\}/g)) {
      if (close < open || objectIn(whole.slice(open, close + 1)) === null) continue
      const written = withEntries(whole, [open, close], 2, entries)
      if (isDeepStrictEqual(objectIn(written), meant)) return written
      break
    }
  }
  return null
}

/** Entries at the end of what stands between two braces, laid out as that is. */
function withEntries(
  text: string,
  [open, close]: readonly [number, number],
  depth: number,
  entries: readonly string[],
): string {
  const inside = text.slice(open + 1, close)
  const own = inside.trimEnd()
  const isEmpty = own === ''
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? DEFAULT_INDENT
  const line = text.includes('\r\n') ? '\r\n' : '\n'
  const gap = isEmpty ? line + indent.repeat(depth) : /^\s*/.exec(inside)![0]
  const end = isEmpty ? line + indent.repeat(depth - 1) : inside.slice(own.length)
  const added = entries.map((entry) => gap + entry).join(',')
  return `${text.slice(0, open + 1)}${own}${isEmpty ? '' : ','}${added}${end}${text.slice(close)}`
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value = JSON.parse(text.replace(/^\u{feff}/u, '')) as unknown
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    return isObject ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
