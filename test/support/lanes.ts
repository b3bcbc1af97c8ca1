import { copyFixture, type Project } from './project.ts'

/** Does one thing after the other, in so many lanes side by side, each with a project of its own. */
export async function inLanes<Item>(
  lanes: number,
  fixture: string,
  items: Iterable<Item>,
  work: (project: Project, item: Item) => Promise<void>,
): Promise<void> {
  const next = items[Symbol.iterator]()
  const one = async (): Promise<void> => {
    const { remove, ...project } = copyFixture(fixture)
    try {
      for (let item = next.next(); item.done !== true; item = next.next()) {
        // oxlint-disable-next-line no-await-in-loop -- a lane is one after the other
        await work(project, item.value)
      }
    } finally {
      remove()
    }
  }
  await Promise.all(Array.from({ length: lanes }, one))
}

/** Each of them once, every `stride`-th first: wherever a sweep is stopped, what it tried lies all over. */
export function spread<Item>(items: readonly Item[], stride: number): Item[] {
  return Array.from({ length: Math.min(stride, items.length) }, (_, from) =>
    items.filter((_item, index) => index % stride === from),
  ).flat()
}
