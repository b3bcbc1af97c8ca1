import { describe, expect, test } from 'vitest'
import { parsePlan } from './parse.ts'
import { playerOf, type Role, ROLES } from './roles.ts'
import type { Loadout } from './types.ts'

const SERVICES = `services:
  faster-whisper-base: { command: python ears.py, role: stt }
  piper-amy: { command: python mouth.py, role: [tts] }
  ears: { command: python ears.py }
  mouth: { command: python mouth.py }
`

/** The first loadout of a plan with one block; `rest` is what else the block states. */
function loadoutOf(domain: string, models: string[], rest = ''): { domain: string } & Loadout {
  const list = models.map((model) => `'${model}'`).join(', ')
  const text = `name: x\n${SERVICES}execution:\n  - domain: ${domain}\n    loadouts: [[${list}]]\n${rest}`
  const [block] = parsePlan(text, 'plans/x.yaml', { env: {} }).blocks
  return { domain, ...block!.loadouts[0]! }
}

/** Who plays each role, by name; null for a role that nobody plays. */
function cast({ domain, models, roles = [] }: { domain: string } & Loadout): Record<Role, string> {
  const players = models.map((_, index) => ({ ...roles[index], answers: true }))
  const named = ROLES.map((role) => {
    const index = playerOf(role, domain, players)
    return [role, index === null ? null : models[index]!.name]
  })
  return Object.fromEntries(named) as Record<Role, string>
}

describe('who plays a role', () => {
  test('by what services and engines say of themselves, wherever they stand', () => {
    const models = ['native://faster-whisper-base', 'native://piper-amy', 'ollama://qwen']
    for (const domain of ['voice_loop', 'sts', 'llm']) {
      expect(cast(loadoutOf(domain, models))).toMatchObject({
        stt: 'faster-whisper-base',
        llm: 'qwen',
        tts: 'piper-amy',
      })
    }
    expect(cast(loadoutOf('gate_camera', ['vllm://Qwen-VL#stream', 'native://ears']))).toEqual({
      llm: 'Qwen-VL',
      vlm: 'Qwen-VL',
      stt: 'ears',
      tts: 'ears',
      embed: 'Qwen-VL',
      rerank: 'Qwen-VL',
    })
  })

  test('by the order of the stages of speech-to-speech that nobody else plays', () => {
    expect(
      cast(loadoutOf('voice_loop', ['native://ears', 'native://mouth', 'ollama://q'])),
    ).toEqual(expect.objectContaining({ stt: 'ears', llm: 'q', tts: 'mouth' }))
    expect(cast(loadoutOf('sts', ['sim://a', 'sim://b', 'sim://c']))).toEqual(
      expect.objectContaining({ stt: 'a', llm: 'b', tts: 'c' }),
    )
    expect(cast(loadoutOf('anything', ['sim://a', 'sim://b']))).toEqual(
      expect.objectContaining({ stt: 'a', llm: 'a', tts: 'b' }),
    )
  })

  test('by the plan, before anything else', () => {
    const models = ['sim://a', 'sim://b#stream', 'ollama://q']
    const roles = `    roles: { llm: sim://a, tts: b, stt: 'OL_q' }\n`
    expect(cast(loadoutOf('voice_loop', models, roles))).toMatchObject({
      llm: 'a',
      tts: 'b',
      stt: 'q',
    })
    const mapping = `    mapping: { vlm: 'OL_q', other: 5 }\n`
    expect(cast(loadoutOf('vlm', models, mapping))).toMatchObject({ vlm: 'q', llm: 'a' })
  })

  test('by nobody, where a loadout has none', () => {
    expect(cast(loadoutOf('recall', ['ollama://q']))).toMatchObject({ stt: null, tts: null })
    expect(cast(loadoutOf('recall', ['native://piper-amy']))).toMatchObject({ llm: null })
    expect(cast(loadoutOf('sts', ['sim://a', 'sim://b']))).toMatchObject({ stt: null, llm: null })
    expect(playerOf('llm', 'recall', [{ answers: false }])).toBeNull()
  })

  test('by what hears and speaks on an engine that mostly chats, where the domain says so', () => {
    expect(cast(loadoutOf('stt', ['vllm://openai/whisper-base']))).toMatchObject({
      stt: 'openai/whisper-base',
    })
    expect(
      cast(loadoutOf('sts', ['vllm://openai/whisper-base', 'vllm://q', 'native://mouth'])),
    ).toMatchObject({ stt: 'openai/whisper-base', llm: 'q', tts: 'mouth' })
  })

  test('in the domains that jarvis knows by place, as ever', () => {
    expect(cast(loadoutOf('tts', ['native://mouth', 'native://ears']))).toMatchObject({
      tts: 'mouth',
      stt: 'ears',
    })
    expect(cast(loadoutOf('stt', ['native://ears', 'native://mouth']))).toMatchObject({
      stt: 'ears',
    })
  })
})

test('a role of a model that no loadout has is told where it stands', () => {
  const text = `name: x
roles: { stt: native://ears }
execution:
  - domain: voice_loop
    loadouts: [['ollama://qwen2.5:0.5b', 'sim://voice']]
    roles: { llm: 'ollama://qwen2.5:1b', tts: voice, mouth: sim://voice }
`
  expect(() => parsePlan(text, 'plans/x.yaml', { env: {} })).toThrowErrorMatchingInlineSnapshot(`
    [JarvisError: plans/x.yaml:2:15  no loadout here has the model "native://ears"
      2 | roles: { stt: native://ears }
        |               ^^^^^^^^^^^^^
      expected one of: ollama://qwen2.5:0.5b, sim://voice

    plans/x.yaml:6:19  no loadout here has the model "ollama://qwen2.5:1b"
      6 |     roles: { llm: 'ollama://qwen2.5:1b', tts: voice, mouth: sim://voice }
        |                   ^^^^^^^^^^^^^^^^^^^^^
      expected one of: ollama://qwen2.5:0.5b, sim://voice
      did you mean "ollama://qwen2.5:0.5b"?

    plans/x.yaml:6:54  unknown key "mouth"
      6 |     roles: { llm: 'ollama://qwen2.5:1b', tts: voice, mouth: sim://voice }
        |                                                      ^^^^^
      expected one of: llm, vlm, stt, tts, embed, rerank]
  `)
})

test('a mapping that gives roles is passed on, and said to be more than that', () => {
  const text = `name: x
pipeline: atomic
execution:
  - domain: vlm
    mapping: { vlm: 'VL_Qwen/Qwen2-VL-2B-Instruct' }
    loadouts: [['VL_Qwen/Qwen2-VL-2B-Instruct']]
`
  const { blocks, warnings } = parsePlan(text, 'plans/x.yaml', { env: {} })
  expect(blocks[0]!.loadouts[0]!.roles).toEqual([
    { given: ['vlm'], own: ['llm', 'vlm', 'embed', 'rerank'] },
  ])
  expect(blocks[0]!.legacy).toEqual({ mapping: { vlm: 'VL_Qwen/Qwen2-VL-2B-Instruct' } })
  expect(warnings).toEqual([
    '"mapping" and "pipeline": passed to the scenarios, beyond the roles (vlm) ignored.',
  ])
})
