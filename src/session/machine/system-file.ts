import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { replaceFile } from '../../host/durable-file.ts'
import { whileMoved } from '../../host/while-moved.ts'
import type { SystemInfo } from './system-info.ts'
import { type SystemSubject, systemYaml } from './system-yaml.ts'

/** `system_info.yaml` of a session: whole from its first moment, and again each time a service tells its version. */
export interface SystemFile {
  /** Resolves when all that is known by now is in the file, or could not be written; never rejects. */
  readonly written: Promise<void>
  /** Takes versions that services tell, which go before what their programs said, and what models were told to take of GPUs. */
  told(engines: Readonly<Record<string, string>>, memory: Readonly<Record<string, string>>): void
  /** Writes the file anew where it was written and is not there. Returns its name then. */
  restore(): Promise<string[]>
}

export const SYSTEM_FILE = 'system_info.yaml'

/** Writes the file once the facts are there; `failed` is called where it cannot be written. */
export function writeSystemFile(
  directory: string,
  info: SystemInfo,
  subject: SystemSubject,
  failed: (error: unknown) => void,
): SystemFile {
  const told: Record<string, string> = {}
  const shares: Record<string, string> = {}
  const path = join(directory, SYSTEM_FILE)
  let text = ''
  // Two writings at once would have one temporary file.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
  const write = async (): Promise<void> => {
    const [facts, engines] = await Promise.all([info.facts, info.engines])
    await inTurn(async () => {
      const wanted = systemYaml(subject, facts, { ...engines, ...told }, shares)
      if (wanted === text) return
      await whileMoved(() => replaceFile(path, wanted))
      text = wanted
    }).catch(failed)
  }
  let written = write()
  return {
    get written() {
      return written
    },
    told(engines, memory) {
      Object.assign(told, engines)
      Object.assign(shares, memory)
      written = written.then(write)
    },
    restore: () =>
      inTurn(async () => {
        if (text === '' || existsSync(path)) return []
        await replaceFile(path, text)
        return [SYSTEM_FILE]
      }),
  }
}
