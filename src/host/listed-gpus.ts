import { readdir, readFile, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { findProgram } from './programs.ts'

/** A GPU as its driver lists it; `index` counts as that does: by PCI bus. */
export interface ListedGpu {
  kind: 'nvidia' | 'amd'
  index: number
  /** Null where the driver does not tell. */
  uuid: string | null
  model: string
  /** Uuids of the devices that it is divided into (MIG); empty where it is not. */
  parts: readonly string[]
  /** What it goes by where several runs must not have it at once. */
  lock: string
}

/** Some machines take seconds to load their driver. */
const ANSWER_TIMEOUT_MS = 15_000
const CARD = /^GPU (\d{1,4}): (.*) \(UUID: (GPU-[\w-]+)\)\s*$/
const MIG_DEVICE = /^\s+MIG .*\(UUID: (MIG-[\w/-]+)\)\s*$/
const DRM = '/sys/class/drm'

/** NVIDIA's GPUs here; null where there is no tool that lists them, or it fails. */
export async function nvidiaGpus(env: NodeJS.ProcessEnv): Promise<ListedGpu[] | null> {
  const program = findProgram('nvidia-smi', { cwd: process.cwd(), env })
  if (program === null) return null
  const text = await output(program, ['-L'], env)
  return text === null ? null : parseListing(text)
}

/** What `nvidia-smi -L` prints. */
export function parseListing(text: string): ListedGpu[] | null {
  const gpus: (ListedGpu & { parts: string[] })[] = []
  for (const line of text.split('\n')) {
    const [, index, model, uuid] = CARD.exec(line) ?? []
    if (uuid !== undefined) {
      gpus.push({
        kind: 'nvidia',
        index: Number(index),
        uuid,
        model: model!,
        parts: [],
        lock: uuid,
      })
    }
    const part = MIG_DEVICE.exec(line)?.[1]
    if (part !== undefined) gpus.at(-1)?.parts.push(part)
  }
  return gpus.length === 0 ? null : gpus
}

/** AMD's GPUs as the kernel lists them, in the order of their cards; null where there is none. */
export async function amdGpus(root: string = DRM): Promise<ListedGpu[] | null> {
  const names = await readdir(root).catch(() => [])
  const cards = names.filter((name) => /^card\d+$/.test(name))
  cards.sort((one, other) => Number(one.slice(4)) - Number(other.slice(4)))
  const found = await Promise.all(
    cards.map(async (card) => {
      const folder = join(root, card, 'device')
      const [total, id, product, place] = await Promise.all([
        textIn(join(folder, 'mem_info_vram_total')),
        textIn(join(folder, 'unique_id')),
        textIn(join(folder, 'product_name')),
        realpath(folder).catch(() => folder),
      ])
      if (total === '') return null
      const uuid = id === '' ? null : id
      const lock = `amd-${uuid ?? basename(place)}`
      return { kind: 'amd' as const, uuid, model: product || `AMD GPU (${card})`, parts: [], lock }
    }),
  )
  const gpus = found.filter((gpu) => gpu !== null).map((gpu, index) => ({ index, ...gpu }))
  return gpus.length === 0 ? null : gpus
}

async function textIn(path: string): Promise<string> {
  return (await readFile(path, 'utf8').catch(() => '')).trim()
}

/** What starts programs is loaded only where one is asked. */
function output(file: string, args: string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  const { execFile } = process.getBuiltinModule('node:child_process')
  const { promise, resolve } = Promise.withResolvers<string | null>()
  const options = {
    env,
    timeout: ANSWER_TIMEOUT_MS,
    windowsHide: true,
    killSignal: 'SIGKILL',
  } as const
  execFile(file, args, options, (error, stdout) => resolve(error === null ? stdout : null))
  return promise
}
