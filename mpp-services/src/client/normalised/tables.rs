//! What the schemas of financial information allow once, and which lists they know. Names are compared in camel case,
//! so that the spellings seen in the field (`Pending`/`pending`) fall together.

/// Elements that occur at most once in their parent and hold others.
const STRUCTURES: [&str; 46] = [
    "account",
    "additionalInfo",
    "address",
    "b2bDtls",
    "businessDetails",
    "cards",
    "categoryList",
    "compDetailsList",
    "contractClauses",
    "covers",
    "ecoDtls",
    "ecoRegSup",
    "ecoSup",
    "gstr1Details",
    "gstr3bDetails",
    "holders",
    "holdings",
    "intrDetailsList",
    "intrLtfee",
    "investment",
    "isupRev",
    "itcAvlList",
    "itcElg",
    "itcNet",
    "itcRevList",
    "itmDet",
    "moneyBacks",
    "natureOfBusinessList",
    "osupDet",
    "osupNilExmp",
    "osupNongst",
    "osupZero",
    "pendingTxns",
    "placeofBusiness",
    "profile",
    "riders",
    "schemeChoices",
    "summary",
    "supDetails",
    "supInter",
    "tier1Holdings",
    "tier2Holdings",
    "transactions",
    "uinDetailsList",
    "unregDetailsList",
    "portfolios",
];

/// Elements that occur at most once in their parent and hold text (the tax network's returns).
const FIELDS: [&str; 36] = [
    "apprvdt",
    "bnm",
    "bno",
    "camt",
    "csamt",
    "ctin",
    "diffPercent",
    "dof",
    "dst",
    "dty",
    "endt",
    "filingFrequency",
    "flno",
    "iamt",
    "idt",
    "inum",
    "invTyp",
    "irn",
    "irngendate",
    "iscmp",
    "lgnm",
    "loc",
    "opd",
    "pncd",
    "pos",
    "rchrg",
    "retPrd",
    "samt",
    "srctyp",
    "st",
    "status",
    "stcd",
    "strdt",
    "sts",
    "trdnm",
    "txval",
];

/// The lists: which structure always has which array.
const LISTS: [(&str, &str); 20] = [
    ("b2bDtls", "b2b"),
    ("cards", "card"),
    ("categoryList", "cat"),
    ("contractClauses", "contractClause"),
    ("covers", "cover"),
    ("gstr1Details", "gstr1"),
    ("gstr3bDetails", "gstr3b"),
    ("holders", "holder"),
    ("holdings", "holding"),
    ("itcAvlList", "itcAvl"),
    ("itcRevList", "itcRev"),
    ("itmDet", "itm"),
    ("moneyBacks", "moneyBack"),
    ("natureOfBusinessList", "ntr"),
    ("pendingTxns", "pendingTxn"),
    ("riders", "rider"),
    ("schemeChoices", "schemeChoice"),
    ("tier1Holdings", "tier1Holding"),
    ("tier2Holdings", "tier2Holding"),
    ("transactions", "transaction"),
];

/// What an element is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurs {
    /// Once, with attributes and elements of its own.
    OnceAsStructure,
    /// Once, as text.
    OnceAsText,
    /// Any number of times, for all we know.
    Repeatedly,
}

pub(super) fn occurrence(name: &str) -> Occurs {
    if STRUCTURES.contains(&name) {
        Occurs::OnceAsStructure
    } else if FIELDS.contains(&name) {
        Occurs::OnceAsText
    } else {
        Occurs::Repeatedly
    }
}

/// The array a structure always has.
pub(super) fn list_in(structure: &str) -> Option<&'static str> {
    LISTS.iter().find(|(holder, _)| *holder == structure).map(|(_, listed)| *listed)
}
