/** Where the counts behind each error rate stand, a list of S, D, I, H: totals pool them. */
export const ERROR_COUNTS: Readonly<Record<string, string>> = {
  wer: 'wer_counts',
  cer: 'cer_counts',
  tts_wer: 'tts_wer_counts',
  tts_cer: 'tts_cer_counts',
}
