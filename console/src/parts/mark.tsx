import mark from '../mark.svg'

/** The product's mark. */
export function Mark({ size = 32 }: { size?: number }) {
  return <img class="mark" src={mark} width={size} height={size} alt="" />
}
