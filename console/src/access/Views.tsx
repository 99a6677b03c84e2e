import { ToggleButton, ToggleButtonGroup, Tooltip, TooltipTrigger } from "react-aria-components";

import { text } from "../text";

const words = text.access.views;

export type View = "grants" | "held";

interface Props {
  view: View;
  onView: (view: View) => void;
  /** Why there is only one. */
  missing: string | null;
}

/** Chooses between what is granted and what it comes to. */
export function Views({ view, onView, missing }: Props) {
  return (
    <ToggleButtonGroup
      className="views"
      aria-label={words.label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[view]}
      onSelectionChange={(keys) => {
        const next = [...keys][0];
        if (next === "grants" || (next === "held" && missing === null)) onView(next);
      }}
    >
      <ToggleButton id="grants" className="button">
        {words.grants}
      </ToggleButton>
      <TooltipTrigger delay={300} isDisabled={missing === null}>
        <ToggleButton id="held" className={missing === null ? "button" : "button off"}>
          {words.held}
        </ToggleButton>
        {missing !== null && <Tooltip className="tooltip">{missing}</Tooltip>}
      </TooltipTrigger>
    </ToggleButtonGroup>
  );
}
