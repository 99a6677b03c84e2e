import type { ReactNode } from "react";
import { CheckboxButton, CheckboxField, RadioButton, RadioField } from "react-aria-components";

interface TickProps {
  children: ReactNode;
  /** Its name in a group of ticks. */
  value?: string;
  isSelected?: boolean;
  isDisabled?: boolean;
  onChange?: (isSelected: boolean) => void;
}

/** A box to tick, alone or in a group. */
export function Tick({ children, value, isSelected, isDisabled, onChange }: TickProps) {
  return (
    <CheckboxField
      isDisabled={isDisabled ?? false}
      {...(value === undefined ? {} : { value })}
      {...(isSelected === undefined ? {} : { isSelected })}
      {...(onChange === undefined ? {} : { onChange })}
    >
      <CheckboxButton className="tick">
        <span className="box" aria-hidden /> {children}
      </CheckboxButton>
    </CheckboxField>
  );
}

/** One of several. */
export function Option({ value, children }: { value: string; children: ReactNode }) {
  return (
    <RadioField value={value}>
      <RadioButton className="tick">
        <span className="round" aria-hidden /> {children}
      </RadioButton>
    </RadioField>
  );
}
