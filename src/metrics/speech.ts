/** How long work on audio took, compared to the audio. */
export interface RealTimeFactors {
  rtf: number | null
  rtfx: number | null
}

/**
 * RTF (processing seconds / audio seconds) and its reverse RTFx of one or several files: the sums are
 * divided, not the rates averaged (Open ASR leaderboard). Null where a length is unknown or nothing took time.
 */
export function realTimeFactors(
  files: readonly { processing: number; audio: number | null }[],
): RealTimeFactors {
  let [processing, audio] = [0, 0]
  for (const file of files) {
    if (file.audio === null) return { rtf: null, rtfx: null }
    processing += file.processing
    audio += file.audio
  }
  return {
    rtf: audio > 0 ? processing / audio : null,
    rtfx: audio > 0 && processing > 0 ? audio / processing : null,
  }
}
