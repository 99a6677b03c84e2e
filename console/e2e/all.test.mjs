// The pages of the console, in a browser, against a server: one file of tests for each area.
import "./areas/files.mjs";
import "./areas/sign-in.mjs";
import "./areas/issuers.mjs";
import "./areas/looks.mjs";
import "./areas/team.mjs";
import "./areas/try.mjs";
import "./areas/audit.mjs";
