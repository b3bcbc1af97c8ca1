import type { Verification } from '../report/verify/types.ts'
import { verifySession } from '../report/verify/verify-session.ts'
import { type Command, COULD_NOT_RUN, oneSession, readArguments } from './command.ts'
import { findSession } from './find-session.ts'
import { differenceLines, jsonOf, lookedText } from './verification-lines.ts'

/** `jarvis verify`: whether a session is as its run has left it. */
export const verifyCommand: Command = {
  summary: 'say whether a session is whole and undamaged',
  help: [
    'Usage: jarvis verify [SESSION] [--json]',
    '',
    'Looks at a session without changing anything: the newest one in logs/ (JARVIS_LOGS), or the one that is named or',
    'whose path is given. Whether the check values of its journal fit, whether results, story, telemetry and state are what',
    'the journal makes of them, and whether the attachments and the bytes of logs that results name are there. Where the',
    'variables of its plan are set, also whether their secret values stand somewhere.',
    '',
    'Check values find damage, not a forger: whoever can write the session can write them anew.',
    '',
    '  --json  for machines',
    '',
    '  jarvis verify',
    '  jarvis verify RUN_20260216_231205 --json',
    '',
    'The exit code is 0 where nothing differs, also of a run that died and was completed; 1 where something differs, and',
    'what; 2 where it cannot be judged: the run goes on, is on another host and has no end, or has no journal.',
    '',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = readArguments('verify', args, { json: { type: 'boolean' } })
    const named = oneSession('verify', positionals)
    // What nobody has completed yet is told, not completed.
    const directory = await findSession(named, terminal, { completes: false })
    const verification = await verifySession(directory)
    if (values.json === true) terminal.write(`${JSON.stringify(jsonOf(verification), null, 2)}\n`)
    else terminal.write(`${linesOf(verification).join('\n')}\n`)
    return { intact: 0, differs: 1, unknown: COULD_NOT_RUN }[verification.verdict]
  },
}

function linesOf(verification: Verification): string[] {
  const { name, verdict, judgement, differences, notes } = verification
  if (verdict === 'unknown') return [`${name} cannot be judged. ${judgement.sentence}`]
  const told = notes.map((note) => `note: ${note}`)
  if (verdict === 'intact') {
    return [
      `${name} is as it was written: ${lookedText(verification)}. ${judgement.sentence}`,
      ...told,
    ]
  }
  const count = differences.length === 1 ? '1 thing differs' : `${differences.length} things differ`
  const mendable = differences.some((difference) => difference.mendable)
  return [
    `${name} is not as it was written: ${count}.`,
    ...differenceLines(differences),
    ...told,
    ...(mendable ? [`What follows from the journal is put right by: jarvis recover ${name}`] : []),
  ]
}
