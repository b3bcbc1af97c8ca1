import { amdGpus, type ListedGpu, nvidiaGpus } from './listed-gpus.ts'

/** A GPU that a run is to use, where it is told which. */
export interface OwnGpu {
  kind: ListedGpu['kind']
  /** As the driver counts. */
  index: number
  uuid: string | null
  model: string
  /** False: only some of the devices that it is divided into (MIG). */
  isWhole: boolean
  /** What stands for it where several runs must not have it at once. */
  locks: readonly string[]
}

/** The GPUs that the environment leaves to a run. */
export interface OwnGpus {
  gpus: readonly OwnGpu[]
  /** The variable that says so. */
  from: string
  /** What else of the environment its services have to see, so that they take these and no others. */
  env: Readonly<Record<string, string>>
  /** A sentence on how the variable was read; null where there is only one way. */
  remark: string | null
}

const CUDA = 'CUDA_VISIBLE_DEVICES'
const ORDER = 'CUDA_DEVICE_ORDER'
/** What nvidia-smi counts by, and CUDA only where it is told. */
const BY_BUS = 'PCI_BUS_ID'
/** Where a scheduler or the engine of a container says what it has allotted, the narrowest first. */
const ALLOTMENTS = ['SLURM_STEP_GPUS', 'SLURM_JOB_GPUS', 'NVIDIA_VISIBLE_DEVICES'] as const
/** Of AMD: what the runtime shows, and what of that HIP takes. */
const [SHOWN, TAKEN] = ['ROCR_VISIBLE_DEVICES', 'HIP_VISIBLE_DEVICES'] as const

/**
 * The GPUs that a run is to use by its environment. Null where it is told none, or where nobody lists GPUs here: all of the
 * machine are its own then. Costs nothing where no variable says anything.
 */
export async function ownGpus(
  env: NodeJS.ProcessEnv = process.env,
  list: { nvidia: typeof nvidiaGpus; amd: () => ReturnType<typeof amdGpus> } = {
    nvidia: nvidiaGpus,
    amd: amdGpus,
  },
): Promise<OwnGpus | null> {
  const said = [CUDA, ...ALLOTMENTS].filter((name) => env[name])
  const ofAmd = [TAKEN, SHOWN].filter((name) => env[name])
  const listed = said.length === 0 ? null : await list.nvidia(env)
  if (listed !== null) return env[CUDA] === undefined ? allotted(env, listed) : chosen(env, listed)
  if (ofAmd.length === 0 && !env[CUDA]) return null
  const cards = await list.amd()
  return cards === null ? null : ofRocm(env, cards)
}

/**
 * What the environment says of GPUs where {@link ownGpus} makes nothing of it, as nobody lists such ones here: `NAME=value`.
 * Null where it says nothing, or that there are to be none.
 */
export function unknownGpus(env: NodeJS.ProcessEnv = process.env): string | null {
  const name = [CUDA, ...ALLOTMENTS, TAKEN, SHOWN].find((one) =>
    /GPU-|MIG-|(?:^|[^-\d])\d/.test(env[one] ?? ''),
  )
  return name === undefined ? null : `${name}=${env[name]}`
}

/** As CUDA reads its variable: numbers or beginnings of uuids, up to the first that names none. */
function chosen(env: NodeJS.ProcessEnv, listed: readonly ListedGpu[]): OwnGpus | null {
  const gpus: OwnGpu[] = []
  const words: string[] = []
  for (const word of wordsOf(env[CUDA])) {
    const found = named(word, listed)
    if (found === null) break
    gpus.push(found.gpu)
    words.push(found.word)
  }
  if (gpus.length === 0) return null
  const stated = wordsOf(env[CUDA]).slice(0, words.length)
  const isCounted = stated.some(isNumber)
  const isOther = words.join() !== stated.join()
  const isMixed = new Set(listed.map(({ model }) => model)).size > 1
  const isUnclear = isCounted && isMixed && env[ORDER] !== BY_BUS
  const own = merged(gpus)
  return {
    gpus: own,
    from: CUDA,
    env: {
      ...(isOther && { [CUDA]: words.join() }),
      ...(words.some(isNumber) && { [ORDER]: BY_BUS }),
    },
    remark: isUnclear
      ? `${CUDA}=${env[CUDA]} is read as nvidia-smi counts, by the PCI bus (${namesOf(own)}), and so do the services: ${ORDER}=${BY_BUS} says so by itself`
      : null,
  }
}

function named(word: string, listed: readonly ListedGpu[]): { gpu: OwnGpu; word: string } | null {
  const gpu = listed.find(({ index, uuid }) => word === String(index) || begins(uuid, word))
  if (gpu !== undefined) return { gpu: whole(gpu), word: wordFor(gpu, listed) }
  for (const { kind, parts, index, uuid, model } of listed) {
    const part = parts.find((one) => begins(one, word))
    if (part !== undefined) {
      return { gpu: { kind, index, uuid, model, isWhole: false, locks: [part] }, word: part }
    }
  }
  return null
}

/**
 * What CUDA is told of a whole GPU: its number, as not every program understands uuids (vllm-project/vllm 46132). Where one
 * is divided, numbers count something else.
 */
function wordFor({ index, uuid }: ListedGpu, listed: readonly ListedGpu[]): string {
  const isDivided = listed.some(({ parts }) => parts.length > 0)
  return isDivided && uuid !== null ? uuid : String(index)
}

const isNumber = (word: string): boolean => /^\d+$/.test(word)

const begins = (uuid: string | null, word: string): boolean =>
  /^(?:GPU|MIG)-/.test(word) && uuid?.startsWith(word) === true

/**
 * What is allotted by number is counted on the machine, and where only that is listed, as in a container or a cgroup, it
 * is all of what is listed.
 */
function allotted(env: NodeJS.ProcessEnv, listed: readonly ListedGpu[]): OwnGpus | null {
  for (const from of ALLOTMENTS) {
    const words = wordsOf(env[from]).flatMap(rangeOf)
    const areNumbers = words.length > 0 && words.every(isNumber)
    const isAll = areNumbers && words.length === listed.length
    const gpus = isAll
      ? listed.map((gpu) => ({ gpu: whole(gpu), word: wordFor(gpu, listed) }))
      : words.flatMap((word) => named(word, listed) ?? [])
    if (gpus.length === 0) continue
    const seen = {
      [CUDA]: gpus.map(({ word }) => word).join(),
      ...(gpus.some(({ word }) => isNumber(word)) && { [ORDER]: BY_BUS }),
    }
    return { gpus: merged(gpus.map(({ gpu }) => gpu)), from, env: seen, remark: null }
  }
  return null
}

/** HIP counts what the runtime shows it. */
function ofRocm(env: NodeJS.ProcessEnv, cards: readonly ListedGpu[]): OwnGpus | null {
  const shown = env[SHOWN] ? pick(wordsOf(env[SHOWN]), cards) : [...cards]
  const [from = SHOWN, words] = [TAKEN, CUDA]
    .filter((name) => env[name])
    .map((name) => [name, wordsOf(env[name])] as const)
    .at(0) ?? [SHOWN, null]
  const taken = words === null ? shown : pick(words, shown)
  return taken.length === 0 ? null : { gpus: merged(taken.map(whole)), from, env: {}, remark: null }
}

function pick(words: readonly string[], cards: readonly ListedGpu[]): ListedGpu[] {
  const found: ListedGpu[] = []
  for (const word of words) {
    const card = /^\d+$/.test(word)
      ? cards[Number(word)]
      : cards.find(
          ({ uuid }) => uuid !== null && `GPU-${uuid}`.toLowerCase() === word.toLowerCase(),
        )
    if (card === undefined) break
    found.push(card)
  }
  return found
}

/** Whoever has a GPU has all that it is divided into. */
function whole({ kind, index, uuid, model, parts, lock }: ListedGpu): OwnGpu {
  return { kind, index, uuid, model, isWhole: true, locks: [lock, ...parts] }
}

/** Each GPU once, in the order of the driver. */
function merged(gpus: readonly OwnGpu[]): OwnGpu[] {
  const each = new Map<number, OwnGpu>()
  for (const gpu of gpus) {
    const before = each.get(gpu.index)
    const locks = [...new Set([...(before?.locks ?? []), ...gpu.locks])]
    each.set(gpu.index, { ...gpu, isWhole: gpu.isWhole || before?.isWhole === true, locks })
  }
  return [...each.values()].toSorted((one, other) => one.index - other.index)
}

function namesOf(gpus: readonly OwnGpu[]): string {
  return gpus.map(({ index, model }) => `GPU ${index}: ${model}`).join(', ')
}

function wordsOf(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((word) => word.trim() || [])
}

/** Slurm writes what follows each other as `0-3`. */
function rangeOf(word: string): string[] {
  const [, from, to] = /^(\d{1,4})-(\d{1,4})$/.exec(word) ?? []
  if (from === undefined) return [word]
  const count = Math.max(0, Number(to) - Number(from) + 1)
  return Array.from({ length: count }, (_, at) => String(Number(from) + at))
}
