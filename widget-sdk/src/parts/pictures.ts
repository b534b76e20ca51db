// What is loaded when there is a picture to be shown.
export * from './pictures/lightbox.tsx'
export * from './pictures/picture.tsx'
