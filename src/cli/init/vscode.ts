import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { makeFolder } from '../../host/make-folder.ts'
import { findProgram } from '../../host/programs.ts'
import { projectNode, unsupported, VSCODE_NODE } from '../../host/supported.ts'
import { capture } from '../../services/engines/capture.ts'
import type { Terminal } from '../command.ts'

const SETTINGS = '.vscode/settings.json'
const VERSION_TIMEOUT_MS = 5_000

/**
 * The version of the Node that the extension of VS Code would take, where that is too old: the one on PATH, without what
 * npx puts before it. Null where it will do, or there is none.
 */
export async function tooOldForVscode({
  cwd,
  env,
}: Pick<Terminal, 'cwd' | 'env'>): Promise<string | null> {
  const folders = (env['PATH'] ?? '').split(delimiter)
  const PATH = folders.filter((folder) => !/[\\/]node_modules[\\/]/.test(folder)).join(delimiter)
  const program = findProgram('node', { cwd, env: { ...env, PATH } })
  if (program === null) return null
  const told = await capture(program, ['--version'], { env, timeout: VERSION_TIMEOUT_MS })
  const version = /^v(\d+\.\d+\.\d+)/.exec(told.stdout)?.[1] ?? null
  return version !== null && unsupported('Node', version) !== null ? version : null
}

/** Names the project's Node to the extension of VS Code. Gives whether it was written, and what there is to say. */
export function nameNode(
  cwd: string,
  platform: NodeJS.Platform = process.platform,
): [written: boolean, what: string] {
  const path = join(cwd, ...SETTINGS.split('/'))
  const entry = `${JSON.stringify(VSCODE_NODE)}: ${JSON.stringify(projectNode(platform))}`
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '{\n}\n'
  if (text.includes(JSON.stringify(VSCODE_NODE))) {
    return [false, `${SETTINGS}  It names a Node already.`]
  }
  const open = beginningOf(text)
  if (open === null) return [false, `${SETTINGS}  It is no object. Write into it: ${entry}`]
  const rest = text.slice(open)
  const isEmpty = /^\s*\}/.test(rest)
  makeFolder(join(cwd, '.vscode'))
  writeFileSync(path, `${text.slice(0, open)}\n  ${entry}${isEmpty ? '' : ','}${rest}`)
  return [true, `${SETTINGS}  ${entry}`]
}

/** Where the entries begin, after comments; null where it is no object. */
function beginningOf(text: string): number | null {
  const before = /^(?:\s|\uFEFF|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*\{/.exec(text)
  return before === null ? null : before[0].length
}
