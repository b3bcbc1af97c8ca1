import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const folder = fileURLToPath(new URL('../stand-ins/nvidia-smi', import.meta.url))

/** How the stand-in behaves; see there. */
export type NvidiaSmiMode =
  | 'normal'
  | 'hang'
  | 'stuck'
  | 'nonsense'
  | 'exit'
  | 'none'
  | 'flood'
  | 'slow'
  | 'na'
  | 'old'
  | 'older'
  | 'mismatch'

/** Memory that a process holds, in MiB. */
export interface Allocation {
  used: number
  gpu?: number
  name?: string
  /** It stays when the process is gone. */
  leaked?: boolean
}

/** The stand-in for nvidia-smi and the GPUs that it tells of. */
export interface NvidiaSmiStandIn {
  /** An environment in which it is the first on the PATH. */
  env: Record<string, string>
  /** The folder of its GPUs and processes. */
  state: string
  gpus(...gpus: Record<string, number | string>[]): void
  allocate(pid: number, allocation: Allocation): void
  free(pid: number): void
  /** From now on it behaves like this, also where it runs. */
  turn(mode: NvidiaSmiMode): void
  remove(): void
}

/** The stand-in is a script: Windows cannot run it by its name. */
export const canStandIn = process.platform !== 'win32'

/** A stand-in that goes when the test is over. */
export function nvidiaSmi(mode: NvidiaSmiMode = 'normal'): NvidiaSmiStandIn {
  const standIn = createNvidiaSmi(mode)
  onTestFinished(() => standIn.remove())
  return standIn
}

/** A stand-in for several tests; whoever made it removes it. */
export function createNvidiaSmi(mode: NvidiaSmiMode = 'normal'): NvidiaSmiStandIn {
  const state = mkdtempSync(join(tmpdir(), 'jarvis-gpus-'))
  const path = [folder, dirname(process.execPath), process.env['PATH']].join(delimiter)
  return {
    env: { PATH: path, NVIDIA_SMI_MODE: mode, NVIDIA_SMI_STATE: state },
    state,
    gpus: (...gpus) => writeFileSync(join(state, 'gpus.json'), JSON.stringify(gpus)),
    allocate: (pid, allocation) =>
      writeFileSync(join(state, `${pid}.json`), JSON.stringify(allocation)),
    free: (pid) => rmSync(join(state, `${pid}.json`), { force: true }),
    turn: (turned) => writeFileSync(join(state, 'mode'), turned),
    remove: () => rmSync(state, { recursive: true, force: true }),
  }
}
