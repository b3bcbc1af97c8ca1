/** What the checker of nights is given and gives. It knows of the product what stands in its files, and no code. */

export interface JudgedNight {
  root: string
  runtime: string
  session: string
  code: number | null
  struck: JudgedStroke[]
  spared: { pid: number; port: number }[]
}

export interface JudgedStroke {
  kind: string
  place?: { domain?: string; loadout?: string; stem: string; index?: number }
  pid?: number
  seq?: number
  output?: string
  code?: number | null
}

export interface Row {
  id: string
  name: string
  file: string
  domain: string
  loadout: string
  status: string
  errors: { message: string; expected?: string; actual?: string }[]
  retries: number
  repeat: number
  input_text: string | null
  output_text: string | null
  attachments: unknown[]
  metrics: Record<string, unknown>
  cause?: string | null
}

export interface JournalLine {
  seq: number
  type: string
  recorded_by?: string
  result?: Row
  id?: string
  name?: string
  messages?: string[]
  told?: boolean
  service?: string
  pid?: number
  process_start?: string | null
  port?: number | null
  loadout?: string
  domain?: string
}

export interface SessionFacts {
  root: string
  rows: Row[]
  events: JournalLine[]
  /** Lines of progression.log. */
  story: string[]
  state: { services: { name: string; state: string }[] }
}

export interface Evidence {
  night: JudgedNight
  facts: SessionFacts
  /** The undisturbed night. */
  calm: SessionFacts
}

export interface StrokeVerdict {
  kind: string
  /** How often the story tells it. */
  told: number
  /** Whether there is anything to tell: what costs nothing need not be told. */
  isToTell: boolean
}

export interface Verdict {
  /** Sentences; none when all is well. */
  problems: string[]
  strokes: StrokeVerdict[]
  /** Results that no stroke fell on. */
  unharmed: { compared: number; equal: number }
  processes: number
  ports: number
}
