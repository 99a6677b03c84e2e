import type { Ref } from "react";
import { FieldError, Input, Label, Text, TextField } from "react-aria-components";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string | null;
  type?: "text" | "password" | "datetime-local";
  name?: string;
  autoComplete?: string;
  autoFocus?: boolean;
  isRequired?: boolean;
  isReadOnly?: boolean;
  placeholder?: string;
  /** What is shown when one rests on it. */
  tip?: string;
  inputRef?: Ref<HTMLInputElement>;
  /** The label is for those who hear the page only. */
  hideLabel?: boolean;
}

/** A line of text with its label. */
export function Field(props: Props) {
  const { label, value, onChange, hint, error, placeholder, hideLabel } = props;
  return (
    <TextField
      className="field"
      value={value}
      onChange={onChange}
      type={props.type ?? "text"}
      name={props.name ?? ""}
      autoComplete={props.autoComplete ?? "off"}
      autoFocus={props.autoFocus ?? false}
      isRequired={props.isRequired ?? false}
      isReadOnly={props.isReadOnly ?? false}
      isInvalid={error != null}
      validationBehavior="aria"
    >
      <Label className={hideLabel ? "hidden" : ""}>{label}</Label>
      <Input
        {...(placeholder === undefined ? {} : { placeholder })}
        {...(props.tip === undefined ? {} : { title: props.tip })}
        {...(props.inputRef === undefined ? {} : { ref: props.inputRef })}
        spellCheck={false}
      />
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error">{error}</FieldError>
    </TextField>
  );
}
