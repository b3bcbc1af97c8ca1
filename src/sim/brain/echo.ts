import type { Rule } from './turn.ts'

const REPEAT =
  /^\W*(?:please )?(?:repeat(?: after me| this| exactly| the following)*|echo|powtórz(?: za mną)?|répète(?:z)?(?: après moi)?)\s*:?\s+(.+)$/isu
const SAY_EXACTLY =
  /\b(?:say|reply|respond|answer|write|print|output)(?: only| just)?(?: with)? (?:exactly|verbatim|this|the following|only the text)[^:"“\n]{0,30}[:\s]\s*(.+)$/isu
const SAY_QUOTED =
  /\b(?:say|reply|respond|answer)(?: only| just)?(?: with)?(?: the word)?:? ["“]([^"”]+)["”]/iu
const SAY_SIGN =
  /\b(?:say|reply|respond|answer)(?: only| just)?(?: with)?:? (ok(?:ay)?|yes|no|ready|done|pong)\b(?!,? or\b|,? and\b)/iu

/** "Repeat after me: …", "Say exactly …", "Reply with OK". */
export const echo: Rule = ({ text }) => {
  if (/^\W*ping\W*$/i.test(text)) return { text: 'pong', core: 'pong' }
  const found =
    REPEAT.exec(text) ?? SAY_EXACTLY.exec(text) ?? SAY_QUOTED.exec(text) ?? SAY_SIGN.exec(text)
  const said = found?.[1]?.trim().replace(/^["“„«](.*)["”»]\.?$/su, '$1')
  return said ? { text: said, core: said } : null
}
