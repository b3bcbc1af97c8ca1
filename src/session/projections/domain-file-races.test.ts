import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { memoryFolder } from '../../../test/support/recorded-session.ts'
import { randomFrom } from '../../../test/support/random.ts'
import type { RowRange } from '../journal/journal-line.ts'
import { DomainFile } from './domain-file.ts'

const STEPS = 40

/** What waits until the test lets it go on: each writing of the file, and each reading of the journal, at its beginning and at its end. */
const gates: { name: string; open: () => void }[] = []

const gate = (name: string): Promise<void> =>
  new Promise((open) => {
    gates.push({ name, open })
  })

vi.mock('../../host/durable-file.ts', async (original) => {
  const real = await original<typeof import('../../host/durable-file.ts')>()
  return {
    ...real,
    async replaceFileWith(...args: Parameters<typeof real.replaceFileWith>) {
      await gate('write')
      working += 1
      const outcome = await real.replaceFileWith(...args).then(
        () => null,
        (error: unknown) => ({ error }),
      )
      working -= 1
      await gate('written')
      if (outcome !== null) throw outcome.error
    },
  }
})

/** Writings that have begun and not ended. */
let working = 0

afterEach(() => {
  vi.useRealTimers()
  gates.length = 0
})

const realImmediate = setImmediate
const turn = (): Promise<void> => new Promise((resolve) => void realImmediate(resolve))

/** A session whose folder may go, with its journal and one file of results. */
class Scene {
  readonly folder = join(memoryFolder(), 'session')
  readonly path = join(this.folder, 'llm.json')
  readonly #journal = join(this.folder, 'events.jsonl')
  readonly rows: RowRange[] = []
  readonly #lines: string[] = []
  readonly problems: unknown[] = []
  readonly waiting: Promise<unknown>[] = []
  added = 0
  readonly file: DomainFile

  constructor(held: RowRange[] | null = null) {
    mkdirSync(this.folder)
    this.#write()
    const allRows = async (): Promise<RowRange[]> => {
      await gate('scan')
      const found = existsSync(this.#journal) ? [...this.rows] : []
      await gate('scanned')
      return found
    }
    this.file = new DomainFile(this.path, allRows, () => {}, held)
  }

  /** A row is durable; whoever reads the journal finds it, and it is added a moment later. */
  commit(): void {
    const row = JSON.stringify({ number: this.rows.length })
    const start = this.#lines.join('').length
    const seq = this.rows.length + 1
    this.rows.push({ file: this.#journal, start, end: start + row.length, seq })
    this.#lines.push(`${row}\n`)
    if (existsSync(this.folder)) this.#write()
  }

  /** Adds what is durable. */
  add(): void {
    this.file.add(this.rows.slice(this.added))
    this.added = this.rows.length
    this.file.touch()
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** As the keeper of a session does: the journal first. */
  restore(): void {
    this.mend()
    this.#watch(this.file.restore())
  }

  mend(): void {
    mkdirSync(this.folder, { recursive: true })
    this.#write()
  }

  flush(): void {
    this.#watch(this.file.flush())
  }

  /** Lets one thing go on that waits, and waits until it has come to where it waits again. */
  async letGo(index: number): Promise<void> {
    gates.splice(index, 1)[0]?.open()
    await this.settle()
  }

  /** Waits until all that goes on waits for the test. */
  async settle(): Promise<void> {
    do await turn()
    while (working > 0)
    await turn()
  }

  /** The end of the session. */
  async end(): Promise<unknown> {
    this.add()
    this.restore()
    const closed = Promise.all([this.file.restore(), this.file.close(), ...this.waiting])
    let isOver = false
    this.#watch(closed.finally(() => (isOver = true)))
    while (!isOver) await this.letGo(0)
    return JSON.parse(readFileSync(this.path, 'utf8'))
  }

  get expected(): object[] {
    return this.rows.map((_row, number) => ({ number }))
  }

  #write(): void {
    writeFileSync(this.#journal, this.#lines.join(''))
  }

  #watch(work: Promise<unknown>): void {
    this.waiting.push(work.catch((error: unknown) => this.problems.push(error)))
  }
}

async function byChance(
  seed: number,
  held: RowRange[] | null,
): Promise<{ scene: Scene; there: unknown }> {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const random = randomFrom(seed)
  const scene = new Scene(held)
  scene.file.touch()
  let isRemoved = false
  for (let step = 0; step < STEPS; step += 1) {
    const chance = random()
    if (chance < 0.2) scene.commit()
    else if (chance < 0.35) scene.add()
    else if (chance < 0.4) scene.flush()
    else if (chance < 0.45 && !isRemoved) {
      isRemoved = true
      scene.remove()
    } else if (chance < 0.5) scene.restore()
    else if (chance < 0.56) vi.advanceTimersByTime(1_001)
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    else if (gates.length > 0) await scene.letGo(Math.floor(random() * gates.length))
  }
  return { scene, there: await scene.end() }
}

test('a deadline that comes while the file is written, after its folder was removed, writes no empty one over it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  const scene = new Scene()
  scene.file.touch()
  await scene.settle()
  while (gates.length > 0) await scene.letGo(0)
  scene.commit()
  scene.add()
  scene.remove()
  scene.flush()
  await scene.settle()
  // It cannot be written, and neither is there a journal to read: it is tried again at once, and a second later.
  for (const name of ['write', 'written', 'scan', 'scanned']) {
    expect(gates.map((one) => one.name)).toEqual([name])
    await scene.letGo(0)
  }
  vi.advanceTimersByTime(1_001)
  scene.mend()
  expect(await scene.end()).toEqual(scene.expected)
})

test.for([
  ['of a run', null],
  ['of a run that was resumed', []],
] as const)(
  'in whatever order results %s come, the file is written, removed, found missing and written anew, it has each of them once',
  async ([, held]) => {
    // Those from 400 on once gave torn JSON, fewer results, none at all.
    for (const seed of [...Array.from({ length: 40 }, (_, index) => index), 424, 541, 672, 713]) {
      // oxlint-disable-next-line no-await-in-loop -- one clock
      const { scene, there } = await byChance(seed, held === null ? null : [])
      expect(there, `seed ${seed}`).toEqual(scene.expected)
      expect(scene.problems, `seed ${seed}`).toEqual([])
    }
  },
)
