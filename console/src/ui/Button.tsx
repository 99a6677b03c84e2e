import type { ReactNode } from "react";
import { Button as AriaButton, Tooltip, TooltipTrigger } from "react-aria-components";

interface Props {
  children: ReactNode;
  look?: "main" | "risky" | "bare";
  size?: "small" | "icon";
  label?: string;
  type?: "submit" | "button";
  isDisabled?: boolean;
  /** Whether what it shows and hides is shown. */
  isExpanded?: boolean;
  /** What it does is under way: it does nothing else. */
  isPending?: boolean;
  /** Why the button does nothing: it stays reachable, so that everybody can find out. */
  missing?: string | null;
  onPress?: () => void;
}

/** A button. */
export function Button({ children, look, size, label, type, isDisabled, isExpanded, isPending, missing, onPress }: Props) {
  const off = missing != null;
  const className = ["button", look, size, off ? "off" : null, isPending ? "pending" : null].filter(Boolean).join(" ");
  const button = (
    <AriaButton
      className={className}
      // A form that is under way is not sent once more.
      type={isPending ? "button" : (type ?? "button")}
      isDisabled={isDisabled ?? false}
      {...(label === undefined ? {} : { "aria-label": label })}
      {...(isExpanded === undefined ? {} : { "aria-expanded": isExpanded })}
      {...(off || isPending ? { "aria-disabled": "true" } : {})}
      {...(onPress === undefined || off || isPending ? {} : { onPress })}
    >
      {children}
    </AriaButton>
  );
  const tip = missing ?? (size === "icon" ? label : undefined);
  // One tree, with a tip and without: a button that gets one keeps its place and its focus.
  return (
    <TooltipTrigger delay={300} isDisabled={tip === undefined}>
      {button}
      {tip !== undefined && <Tooltip className="tooltip">{tip}</Tooltip>}
    </TooltipTrigger>
  );
}
