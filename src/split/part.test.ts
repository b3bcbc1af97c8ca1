import { expect, test } from 'vitest'
import { partOf } from './part.ts'
import { partNumber, schedulersRun } from './part-number.ts'
import { splitOf } from './split-file.ts'

const SPLIT = { JARVIS_SPLIT: 'plans/night.split.json' }
const split = splitOf({ file: 'plans/night.yaml', sha256: 'abc' }, [
  { number: 1, seconds: 3, loadouts: [{ domain: 'llm', loadout: 'a', files: null }] },
  {
    number: 2,
    seconds: 2,
    loadouts: [{ domain: 'llm', loadout: 'b', files: ['scenarios/llm/x.ts'] }],
  },
  { number: 3, seconds: 0, loadouts: [] },
])
const plan = {
  sha256: 'abc',
  loadouts: [
    { domain: 'llm', loadout: 'a' },
    { domain: 'llm', loadout: 'b' },
  ],
}

test.for([
  ['2', null, 'a part without their number', { JARVIS_SHARD: '2' }],
  ['2', 4, 'a part of so many', { JARVIS_SHARD: '2/4' }],
  ['1', null, 'the first pod of an indexed job', { ...SPLIT, JOB_COMPLETION_INDEX: '0' }],
  [
    '3',
    4,
    'a step of Buildkite',
    { ...SPLIT, BUILDKITE_PARALLEL_JOB: '2', BUILDKITE_PARALLEL_JOB_COUNT: '4' },
  ],
  ['3', 4, 'a job of GitLab', { ...SPLIT, CI_NODE_INDEX: '3', CI_NODE_TOTAL: '4' }],
  ['3', 4, 'a node of CircleCI', { ...SPLIT, CIRCLE_NODE_INDEX: '2', CIRCLE_NODE_TOTAL: '4' }],
  [
    '1',
    4,
    'what a person says goes before a scheduler',
    { ...SPLIT, JARVIS_SHARD: '1/4', SLURM_ARRAY_TASK_ID: '3' },
  ],
] as const)('part %s of %s: %s', ([index, count, , env]) => {
  expect(partNumber(null, env)).toMatchObject({ index: Number(index), count })
})

/** What Slurm 22.05 sets for a task of an array: how many there are is not what its number is of. */
const array = (id: number, count: number, min: number, max: number, step = 1) => ({
  SLURM_ARRAY_JOB_ID: '4711',
  SLURM_ARRAY_TASK_ID: `${id}`,
  SLURM_ARRAY_TASK_COUNT: `${count}`,
  SLURM_ARRAY_TASK_MIN: `${min}`,
  SLURM_ARRAY_TASK_MAX: `${max}`,
  SLURM_ARRAY_TASK_STEP: `${step}`,
})
const nine = splitOf(
  { file: 'plans/night.yaml', sha256: 'abc' },
  Array.from({ length: 9 }, (_, at) => ({ number: at + 1, seconds: 0, loadouts: [] })),
)

test.for([
  ['--array=0,3,7', 7, array(7, 3, 0, 7)],
  ['--array=0,3,7', 3, array(3, 3, 0, 7)],
  ['--array=1-9:4', 5, array(5, 3, 1, 9, 4)],
  ['--array=1-9:4', 9, array(9, 3, 1, 9, 4)],
  ['--array=2, one task that is sent again', 2, array(2, 1, 2, 2)],
] as const)(
  '%s of Slurm: task %i runs the part of its number, and never the whole plan',
  ([, id, env]) => {
    const number = partNumber(null, { ...SPLIT, ...env })!
    expect(number).toEqual({ index: id, count: null, from: 'SLURM_ARRAY_TASK_ID' })
    expect(partOf(nine, number, { sha256: 'abc', loadouts: [] })).toMatchObject({
      index: id,
      count: 9,
    })
    expect(schedulersRun(env)).toBe('4711')
    expect(() => partNumber(null, env)).toThrow(`This is task ${id} of a Slurm array`)
  },
)

test('the first task of --array=0,3,7 is none of nine parts, and says so', () => {
  const number = partNumber(null, { ...SPLIT, ...array(0, 3, 0, 7) })!
  expect(() => partOf(nine, number, { sha256: 'abc', loadouts: [] })).toThrow(
    'SLURM_ARRAY_TASK_ID says that this is part 0, and the split has 9, from 1 to 9.',
  )
})

test.for([
  [{ JARVIS_RUN: 'night-7', SLURM_ARRAY_JOB_ID: '4711' }, 'night-7'],
  [{ BUILDKITE_BUILD_ID: 'b-1' }, 'b-1'],
  [{ CI_PIPELINE_ID: '99' }, '99'],
  [{ JARVIS_SHARD: '2/4' }, null],
] as const)('%o: the parts of a run are known to be of %s', ([env, run]) => {
  expect(schedulersRun(env)).toBe(run)
})

test("Vitest's own option goes before all", () => {
  expect(partNumber({ index: 1, count: 2 }, { JARVIS_SHARD: '2/2' })).toMatchObject({ index: 1 })
})

test('nobody numbers a run on a machine of its own, nor one that is alone in its job', () => {
  expect(partNumber(null, {})).toBeNull()
  expect(partNumber(null, { CI_NODE_TOTAL: '1' })).toBeNull()
  expect(partNumber(null, { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '1' })).toBeNull()
})

test('a task of an array without a split is told so, in place of running the whole plan', () => {
  expect(() => partNumber(null, { SLURM_ARRAY_TASK_ID: '3' })).toThrow(
    'This is task 3 of a Slurm array (SLURM_ARRAY_TASK_ID), and nothing says which part of the plan it runs, so each task ' +
      'would run the whole plan: name a split by JARVIS_SPLIT (jarvis split PLAN -n PARTS makes one), or set ' +
      'JARVIS_SHARD=1/1 where that is meant.',
  )
  expect(partNumber(null, { SLURM_ARRAY_TASK_ID: '3', JARVIS_SHARD: '1/1' })).toMatchObject({
    index: 1,
    count: 1,
  })
})

test.for([
  [
    { JARVIS_SHARD: 'two' },
    'Expected JARVIS_SHARD to be the number of a part, such as 2 or 2/4, got "two".',
  ],
  [
    SPLIT,
    'JARVIS_SPLIT names a split, and nothing says which of its parts this is. Say so by JARVIS_SHARD=2, or a scheduler that numbers its tasks.',
  ],
  [{ ...SPLIT, SLURM_ARRAY_TASK_ID: 'x' }, 'Expected SLURM_ARRAY_TASK_ID to be a number, got "x".'],
] as const)('%o is told in a sentence', ([env, sentence]) => {
  expect(() => partNumber(null, env)).toThrow(sentence)
})

test('a part has its loadouts whole, or the files that the split names', () => {
  const [a, b] = plan.loadouts
  const first = partOf(split, { index: 1, count: 3, from: '' }, plan)
  expect([first.has(a!, 'scenarios/llm/new.ts'), first.has(b!, 'scenarios/llm/x.ts')]).toEqual([
    true,
    false,
  ])
  const second = partOf(split, { index: 2, count: null, from: '' }, plan)
  expect([second.has(b!, 'scenarios/llm/x.ts'), second.has(b!, 'scenarios/llm/y.ts')]).toEqual([
    true,
    false,
  ])
  const third = partOf(split, { index: 3, count: null, from: '' }, plan)
  expect([third.has(a!, 'x'), third.warnings]).toEqual([false, []])
})

test('a part that there is not, or of so many others, is told', () => {
  expect(() => partOf(split, { index: 0, count: null, from: 'SLURM_ARRAY_TASK_ID' }, plan)).toThrow(
    'SLURM_ARRAY_TASK_ID says that this is part 0, and the split has 3, from 1 to 3.',
  )
  expect(() => partOf(split, { index: 1, count: 4, from: '--shard' }, plan)).toThrow(
    '--shard says that this is part 1 of 4, and the split has 3, from 1 to 3.',
  )
})

test('a plan that has changed since keeps its parts, and says what is in none', () => {
  const more = { sha256: 'def', loadouts: [...plan.loadouts, { domain: 'tts', loadout: 'c' }] }
  expect(partOf(split, { index: 1, count: 3, from: '' }, more).warnings).toEqual([
    'The plan is another one than when it was divided: its parts are those of then',
    'In no part, as the split does not know them: tts c',
  ])
  expect(() =>
    partOf(
      split,
      { index: 1, count: 3, from: '' },
      { sha256: 'def', loadouts: plan.loadouts.slice(1) },
    ),
  ).toThrow(
    'Part 1 of the split has llm a, which the plan has no more. Divide it anew with: jarvis split',
  )
})
