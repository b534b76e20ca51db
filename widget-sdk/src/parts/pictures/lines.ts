// Drawings that come with files only: lines on 24 by 24.
export const PAGE = 'M14 3H7a1 1 0 0 0-1 1v16a1 1 0 0 0 1 1h10a1 1 0 0 0 1-1V7Zm0 0v4h4'
export const IMAGE = 'M4 5h16v14H4Zm0 11 5-5 4 4 2.5-2.5L20 17M15.5 9v.1'
export const FILM = 'M4 5h16v14H4Zm6 4v6l5-3Z'
export const SOUND =
  'M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Zm10-2a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0Z'
export const SAVE = 'M12 4v11m-5-5 5 5 5-5M5 20h14'
export const CLOSE = 'm6 6 12 12M18 6 6 18'
