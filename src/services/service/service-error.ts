import { basename } from 'node:path'
import { illegalInstructionAdvice } from '../../host/illegal-instruction.ts'
import { JarvisError, type JarvisErrorCode, messageOf } from '../../errors.ts'

/** A service that did not come up or did not stay up, with the last lines of its log. */
export class ServiceError extends JarvisError {
  readonly lastLines: string[]

  constructor(
    code: JarvisErrorCode,
    sentence: string,
    /** Null where it has none. */
    log: { path: string; lastLines: string[] } | null,
    options?: ErrorOptions,
  ) {
    super(code, log === null ? sentence : withLastLines(sentence, log), options)
    this.lastLines = log?.lastLines ?? []
  }
}

/** What went wrong with a service, whatever was thrown. */
export function asFailure(error: unknown): JarvisError {
  if (error instanceof JarvisError) return error
  return new JarvisError('SERVICE_FAILED', messageOf(error), { cause: error })
}

function withLastLines(sentence: string, log: { path: string; lastLines: string[] }): string {
  const file = basename(log.path)
  if (log.lastLines.length === 0) return `${sentence} It wrote nothing to ${file}.`
  return [`${sentence} Last lines of ${file}:`, ...log.lastLines.map((line) => `  ${line}`)].join(
    '\n',
  )
}

/** How a process ended. */
export interface Exit {
  code: number | null
  signal: string | null
  /** It ended well, unasked, and what it had started goes on. */
  inBackground?: boolean
}

const STAY_IN_FRONT = 'It went into the background: give the flag that keeps it in front.'

/** What to do about an end, by what it says and the last lines of the log say; null where nothing is known. */
export function adviceOn(exit: Exit, lines: readonly string[]): string | null {
  return exit.inBackground ? STAY_IN_FRONT : illegalInstructionAdvice(exit, lines)
}

/** How a process ended, in words: `exited with code 1`, `was ended by SIGKILL`. */
export function exitInWords(exit: Exit): string {
  if (exit.signal !== null) return `was ended by ${exit.signal}`
  return exit.code === null ? 'has ended, nobody saw how' : `exited with code ${exit.code}`
}
