import { partition } from './partition.ts'

/** A loadout of the plan, with what is known of how long it takes. */
export interface LoadoutWork {
  domain: string
  /** Safe name. */
  loadout: string
  /** Paths of its scenarios from the project's root, in the plan's order. */
  files: readonly string[]
  /** Seconds that its services take to come up and to go; null: not known. */
  around: number | null
  /** Seconds that its files take, by path; what is not known is absent. */
  perFile: ReadonlyMap<string, number>
}

/** What of a loadout is a part's. */
export interface PartOfLoadout {
  domain: string
  loadout: string
  /** Null: all of its files, also those that are added later. */
  files: readonly string[] | null
}

/** What one task runs. */
export interface PartWork {
  /** From 1. */
  number: number
  /** Seconds that it takes, by what is known; null where nothing is. */
  seconds: number | null
  loadouts: readonly PartOfLoadout[]
}

/** A loadout, or some of its files where there are more parts than loadouts. */
interface Piece {
  work: LoadoutWork
  files: readonly string[]
  seconds: number
  isWhole: boolean
}

/**
 * Divides the loadouts of a plan among parts. A loadout is never divided but where there are fewer of them than parts:
 * its services then start once in each part that has some of its files.
 *
 * @param works - in the plan's order
 * @param parts - at least 1; more than there is work for leaves empty ones, which are the last
 */
export function divide(works: readonly LoadoutWork[], parts: number): PartWork[] {
  const times = typicalTimes(works)
  const pieces = piecesOf(
    works.filter(({ files }) => files.length > 0),
    parts,
    times,
  )
  const divided = partition(
    pieces.map(({ seconds }) => seconds),
    parts,
  )
  return divided.map((places, index) => {
    const own = places.map((place) => pieces[place]!)
    const seconds = own.reduce((sum, piece) => sum + piece.seconds, 0)
    const loadouts = own.map(({ work: { domain, loadout }, files, isWhole }) => {
      return { domain, loadout, files: isWhole ? null : files }
    })
    return { number: index + 1, seconds: times.isKnown ? seconds : null, loadouts }
  })
}

/** What stands in for what is not known. */
interface TypicalTimes {
  isKnown: boolean
  around: number
  file: number
}

/** The medians of what is known; where nothing is, each file counts for one and a start for as much. */
function typicalTimes(works: readonly LoadoutWork[]): TypicalTimes {
  const arounds = works.flatMap(({ around }) => around ?? [])
  const files = works.flatMap(({ perFile }) => [...perFile.values()])
  const isKnown = arounds.length > 0 || files.length > 0
  return { isKnown, around: medianOf(arounds) ?? 1, file: medianOf(files) ?? 1 }
}

function piecesOf(works: readonly LoadoutWork[], parts: number, times: TypicalTimes): Piece[] {
  const counts = works.map(() => 1)
  const cost = (at: number, pieces: number): number => {
    const { around, files } = works[at]!
    return (around ?? times.around) + sum(files, secondsOf(works[at]!, times)) / pieces
  }
  // Whichever has the longest pieces is divided once more, until there is one for each part.
  for (let count = works.length; count < parts; count += 1) {
    const divisible = works.flatMap(({ files }, at) => (counts[at]! < files.length ? [at] : []))
    const [most] = divisible.toSorted((a, b) => cost(b, counts[b]!) - cost(a, counts[a]!))
    if (most === undefined) break
    counts[most]! += 1
  }
  return works.flatMap((work, at) => {
    const perFile = secondsOf(work, times)
    const places = partition(work.files.map(perFile), counts[at]!)
    return places.map((own): Piece => {
      const files = own.map((place) => work.files[place]!)
      const seconds = (work.around ?? times.around) + sum(files, perFile)
      return { work, files, seconds, isWhole: counts[at] === 1 }
    })
  })
}

function secondsOf({ perFile }: LoadoutWork, { file }: TypicalTimes): (path: string) => number {
  return (path) => perFile.get(path) ?? file
}

function sum(files: readonly string[], seconds: (path: string) => number): number {
  return files.reduce((total, path) => total + seconds(path), 0)
}

function medianOf(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  if (sorted.length === 0) return null
  const [low, high] = [sorted[Math.ceil(middle) - 1]!, sorted[Math.floor(middle)]!]
  return (low + high) / 2
}
