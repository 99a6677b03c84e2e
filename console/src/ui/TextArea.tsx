import { FieldError, Label, Text, TextArea as AriaTextArea, TextField } from "react-aria-components";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  error?: string | null;
}

/** Lines of text with their label. */
export function TextArea({ label, value, onChange, hint, error }: Props) {
  return (
    <TextField className="field" value={value} onChange={onChange} isInvalid={error != null} validationBehavior="aria">
      <Label>{label}</Label>
      <AriaTextArea rows={2} spellCheck={false} />
      {hint === undefined ? null : (
        <Text slot="description" className="hint">
          {hint}
        </Text>
      )}
      <FieldError className="error">{error}</FieldError>
    </TextField>
  );
}
