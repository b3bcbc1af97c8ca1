import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Project } from './project.ts'

/** Scenarios of the fixture `durability`: of the file that is copied, and of the other one. */
const [SMALL, SPOKEN] = [7, 3]

/** Gives a project of the fixture `durability` so many files of one loadout, each of which has a worker. Gives how many scenarios it has. */
export function withFiles({ root }: Project, files: number): number {
  const path = (number: number): string =>
    join(root, `scenarios/llm/small${number === 0 ? '' : `-${number}`}.scenario.ts`)
  for (let number = 1; number < files; number += 1) copyFileSync(path(0), path(number))
  return files * SMALL + SPOKEN
}
