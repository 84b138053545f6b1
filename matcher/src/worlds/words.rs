//! The words of which names are made. Common ones come first, because the first are drawn most.

use super::random::Random;

/// Where a company is, and what its name, its domain and its people look like there.
#[derive(Debug)]
pub(super) struct Country {
    /// The name that an office there carries.
    pub(super) name: &'static str,
    pub(super) suffixes: &'static [&'static str],
    pub(super) legal_forms: &'static [&'static str],
    pub(super) trades: &'static [&'static str],
    pub(super) people: &'static People,
}

impl Country {
    /// Whether ü becomes ue in ASCII.
    pub(super) fn writes_umlauts(&self) -> bool {
        std::ptr::eq(self.people, &GERMAN)
    }

    /// Whether companies there are below a suffix of two labels, as far as `domain` tells.
    pub(super) fn is_below_two_labels(domain: &str) -> bool {
        COUNTRIES.iter().flat_map(|one| one.suffixes).any(|suffix| {
            suffix.contains('.') && domain.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
        })
    }
}

/// The names that people have in one language.
#[derive(Debug)]
pub(super) struct People {
    pub(super) given: &'static [&'static str],
    /// The most common family names.
    pub(super) family: &'static [&'static str],
    /// What the others begin with.
    pub(super) heads: &'static [&'static str],
    /// What the others end with.
    pub(super) tails: &'static [&'static str],
}

impl People {
    /// A given name.
    pub(super) fn given(&self, random: &mut Random) -> &'static str {
        let common = random.chance(0.5);
        if common { random.pick_skewed::<&str>(self.given) } else { random.pick::<&str>(self.given) }
    }

    /// A family name: a common one in three of ten cases.
    pub(super) fn family(&self, random: &mut Random) -> String {
        if random.chance(0.3) {
            (*random.pick_skewed(self.family)).to_owned()
        } else {
            format!("{}{}", random.pick(self.heads), random.pick(self.tails))
        }
    }
}

pub(super) static ENGLISH: People = People {
    given: &[
        "James", "Sarah", "Michael", "Emma", "David", "Jennifer", "Robert", "Laura", "William", "Elizabeth",
        "Thomas", "Rebecca", "Daniel", "Katherine", "Christopher", "Margaret", "Andrew", "Grace", "Samuel",
        "Olivia",
    ],
    family: &[
        "Smith", "Jones", "Brown", "Taylor", "Williams", "Johnson", "Davis", "Wilson", "Walker", "Clark",
        "Lee", "Harris", "Martin", "O'Brien", "Campbell", "Murphy", "Bennett", "Fletcher", "Hargreaves",
        "Pemberton",
    ],
    heads: &[
        "Ash", "Black", "Brad", "Clif", "Dal", "East", "Free", "Gar", "Har", "Hol", "Kings", "Lang", "Mar",
        "Nor", "Pres", "Rad", "Shel", "Thorn", "Whit", "Win",
    ],
    tails: &["ton", "ford", "ley", "well", "wood", "field", "worth", "man", "ham", "bury", "more", "son"],
};

pub(super) static GERMAN: People = People {
    given: &[
        "Thomas", "Anna", "Michael", "Julia", "Stefan", "Katharina", "Andreas", "Sabine", "Alexander",
        "Susanne", "Jürgen", "Lena", "Matthias", "Bärbel", "Jörg", "Nicole", "Maximilian", "Franziska",
        "Björn", "Käthe",
    ],
    family: &[
        "Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz",
        "Hoffmann", "Schäfer", "Koch", "Bauer", "Krüger", "Weiß", "Vogel", "Jäger", "Groß", "Winterhalter",
        "Brandstätter",
    ],
    heads: &[
        "Alten", "Berg", "Blumen", "Brand", "Eber", "Feld", "Gold", "Gruben", "Hart", "Holz", "Kirch",
        "Linden", "Löwen", "Mühl", "Neu", "Ober", "Rosen", "Stein", "Wald", "Winter",
    ],
    tails: &[
        "mann", "berg", "hofer", "meier", "bauer", "bach", "thal", "stein", "müller", "feld", "hardt",
        "brecht",
    ],
};

pub(super) static FRENCH: People = People {
    given: &[
        "Jean", "Marie", "Pierre", "Sophie", "Nicolas", "Camille", "François", "Hélène", "Thomas", "Chloé",
        "Jérôme", "Élodie", "Benoît", "Anaïs", "Laurent", "Valérie", "Frédéric", "Céline", "Thibault",
        "Solène",
    ],
    family: &[
        "Martin", "Bernard", "Dubois", "Thomas", "Robert", "Petit", "Durand", "Leroy", "Moreau", "Simon",
        "Lefèvre", "Garnier", "Gérard", "Rousseau", "Béranger", "Delacroix", "Fontaine", "Chevalier",
        "Marchand", "Desrosiers",
    ],
    heads: &[
        "Beau", "Bon", "Char", "Clair", "Dela", "Des", "Du", "Font", "Grand", "Haute", "La", "Le", "Mont",
        "Péri", "Roche", "Saint", "Val", "Ville",
    ],
    tails: &[
        "bois", "champ", "court", "croix", "fort", "lande", "mare", "mont", "noir", "pierre", "val", "roux",
    ],
};

pub(super) static IBERIAN: People = People {
    given: &[
        "José", "María", "Antonio", "Ana", "Manuel", "Carmen", "João", "Lucía", "Javier", "Inês", "Carlos",
        "Beatriz", "Sérgio", "Mónica", "Tomás", "Fátima", "Andrés", "Catarina", "Raúl", "Itziar",
    ],
    family: &[
        "García", "Silva", "Fernández", "Santos", "López", "Martínez", "Pereira", "Sánchez", "Oliveira",
        "Gómez", "Costa", "Ruiz", "Muñoz", "Gonçalves", "Navarro", "Ibáñez", "Figueiredo", "Carrasco",
        "Zubizarreta", "Araújo",
    ],
    heads: &[
        "Al", "Bar", "Cal", "Cas", "Del", "Es", "Fer", "Gal", "Iz", "Mar", "Mon", "Pal", "Quin", "Ro", "Sal",
        "Tor", "Val", "Zam",
    ],
    tails: &[
        "mora", "cedo", "deira", "dero", "gado", "lares", "mendi", "nero", "quez", "rera", "tero", "vera",
    ],
};

pub(super) static ITALIAN: People = People {
    given: &[
        "Marco", "Giulia", "Andrea", "Francesca", "Alessandro", "Chiara", "Giuseppe", "Elena", "Luca",
        "Silvia", "Matteo", "Valentina", "Niccolò", "Ilaria", "Roberto", "Paola",
    ],
    family: &[
        "Rossi", "Russo", "Ferrari", "Esposito", "Bianchi", "Romano", "Colombo", "Ricci", "Marino", "Greco",
        "Bruno", "Gallo", "Conti", "De Luca", "D'Amico", "Montanari",
    ],
    heads: &[
        "Bal", "Bene", "Bon", "Cam", "Cap", "Car", "Castel", "Fior", "Gal", "Mar", "Monte", "Pal", "San",
        "Tor", "Val", "Ver",
    ],
    tails: &[
        "delli", "duzzi", "etti", "fiore", "gari", "lini", "mieri", "nardi", "pini", "ronti", "succi",
        "tani",
    ],
};

pub(super) static POLISH: People = People {
    given: &[
        "Piotr", "Anna", "Krzysztof", "Katarzyna", "Andrzej", "Małgorzata", "Tomasz", "Agnieszka", "Paweł",
        "Joanna", "Michał", "Ewa", "Łukasz", "Zofia", "Stanisław", "Bożena",
    ],
    family: &[
        "Nowak", "Kowalski", "Wiśniewski", "Wójcik", "Kowalczyk", "Kamiński", "Lewandowski", "Zieliński",
        "Szymański", "Dąbrowski", "Kozłowski", "Jankowski", "Mazur", "Krawczyk", "Grabowski", "Pawłowski",
    ],
    heads: &[
        "Bar", "Bog", "Chm", "Dom", "Gór", "Jab", "Kal", "Kras", "Lip", "Mal", "Nied", "Ols", "Pół", "Rad",
        "Sob", "Wal",
    ],
    tails: &["iński", "owski", "ecki", "iak", "czak", "ewicz", "ielski", "oński", "aszek", "ulski"],
};

pub(super) static NORDIC: People = People {
    given: &[
        "Lars", "Anna", "Erik", "Maria", "Anders", "Ingrid", "Søren", "Åsa", "Mikael", "Kristina", "Bjørn",
        "Astrid", "Göran", "Sanna", "Jukka", "Linnea",
    ],
    family: &[
        "Andersson", "Hansen", "Johansson", "Nielsen", "Karlsson", "Jensen", "Nilsson", "Larsen",
        "Lindström", "Sørensen", "Berg", "Virtanen", "Sjögren", "Åkesson", "Korhonen", "Bjørnstad",
    ],
    heads: &[
        "Ahl", "Björk", "Dahl", "Ek", "Fors", "Gran", "Hag", "Hed", "Holm", "Lind", "Lund", "Nord", "Ros",
        "Sand", "Sjö", "Sund", "Väster", "Øster",
    ],
    tails: &["berg", "gren", "gaard", "lund", "man", "qvist", "stad", "strand", "ström", "vik", "dal", "ås"],
};

pub(super) static INDIAN: People = People {
    given: &[
        "Rahul", "Priya", "Amit", "Anjali", "Sanjay", "Neha", "Vikram", "Deepa", "Arjun", "Kavita", "Rajesh",
        "Sunita", "Suresh", "Lakshmi", "Karthik", "Meera",
    ],
    family: &[
        "Kumar", "Sharma", "Singh", "Patel", "Gupta", "Reddy", "Rao", "Mehta", "Iyer", "Joshi", "Nair",
        "Desai", "Chatterjee", "Krishnan", "Banerjee", "Venkataraman",
    ],
    heads: &[
        "Agar", "Bal", "Bhat", "Chand", "Dev", "Gan", "Har", "Jay", "Kri", "Maha", "Nara", "Pad", "Rama",
        "Sada", "Subra", "Venka",
    ],
    tails: &[
        "wal", "jan", "tacharya", "esh", "kar", "murthy", "nathan", "pati", "raj", "shekhar", "swamy", "yan",
    ],
};

const TRADES: &[&str] = &[
    "Systems", "Solutions", "Software", "Technologies", "Consulting", "Group", "Logistics", "Energy", "Labs",
    "Media", "Capital", "Health", "Foods", "Engineering", "Analytics", "Robotics", "Insurance", "Packaging",
    "Biotech", "Marine",
];
const GERMAN_TRADES: &[&str] = &[
    "Logistik", "Technik", "Systeme", "Software", "Bau", "Maschinenbau", "Beratung", "Energie",
    "Medizintechnik", "Handel", "Immobilien", "Werkzeuge", "Versicherungen", "Druck",
];
const FRENCH_TRADES: &[&str] = &[
    "Conseil", "Industrie", "Services", "Transports", "Énergie", "Santé", "Ingénierie", "Assurances",
    "Distribution",
];
const LATIN_TRADES: &[&str] = &[
    "Servicios", "Tecnología", "Consultores", "Logística", "Industrial", "Alimentos", "Energía", "Sistemas",
    "Salud",
];
const ITALIAN_TRADES: &[&str] =
    &["Servizi", "Industrie", "Logistica", "Alimentari", "Meccanica", "Sistemi", "Costruzioni", "Tessuti"];

/// What companies call themselves after.
pub(super) const STEMS: &[&str] = &[
    "Nova", "Blue", "North", "Global", "Apex", "Delta", "Bright", "Alpha", "Green", "First", "Prime",
    "Summit", "Pioneer", "Atlas", "Vertex", "Silver", "Orion", "Harbor", "Cedar", "Falcon", "Quantum",
    "Helix", "Beacon", "Stellar", "Northwind", "Crescent", "Granite", "Lumen", "Meridian", "Polar", "Ridge",
    "Sable", "Tidal", "Umbra", "Vector", "Willow", "Zenith", "Ember", "Cobalt", "Juniper", "Keystone",
    "Lattice", "Monarch", "Nimbus", "Onyx", "Paragon", "Quarry", "Rowan", "Sequoia", "Talon", "Verdant",
    "Wren", "Xylo", "Yonder", "Zephyr", "Alder", "Basalt", "Citrine", "Drift", "Elm", "Fjord", "Gable",
    "Heron", "Ibex", "Jasper", "Kestrel", "Larch", "Marlin", "Nectar", "Osprey", "Pinnacle", "Quill",
    "Raven", "Sparrow", "Thistle", "Vantage", "Waypoint", "Bridge", "Stone", "River",
];

/// Second halves, for names such as `Bridgepoint`.
pub(super) const TAILS: &[&str] =
    &["point", "works", "path", "field", "gate", "line", "wave", "base", "mark", "view"];

pub(super) static COUNTRIES: &[Country] = &[
    Country {
        name: "USA",
        suffixes: &["com", "com", "com", "io", "net", "ai"],
        legal_forms: &["Inc.", "LLC", "Corp.", "Inc"],
        trades: TRADES,
        people: &ENGLISH,
    },
    Country {
        name: "UK",
        suffixes: &["co.uk", "com", "com", "uk", "io"],
        legal_forms: &["Ltd", "Limited", "plc", "LLP"],
        trades: TRADES,
        people: &ENGLISH,
    },
    Country {
        name: "Deutschland",
        suffixes: &["de", "de", "com", "eu"],
        legal_forms: &["GmbH", "AG", "GmbH & Co. KG", "SE"],
        trades: GERMAN_TRADES,
        people: &GERMAN,
    },
    Country {
        name: "France",
        suffixes: &["fr", "fr", "com", "eu"],
        legal_forms: &["SAS", "SA", "SARL"],
        trades: FRENCH_TRADES,
        people: &FRENCH,
    },
    Country {
        name: "Canada",
        suffixes: &["ca", "com"],
        legal_forms: &["Inc.", "Ltd."],
        trades: TRADES,
        people: &ENGLISH,
    },
    Country {
        name: "Nederland",
        suffixes: &["nl", "com", "eu"],
        legal_forms: &["B.V.", "N.V."],
        trades: TRADES,
        people: &GERMAN,
    },
    Country {
        name: "España",
        suffixes: &["es", "com"],
        legal_forms: &["S.L.", "S.A."],
        trades: LATIN_TRADES,
        people: &IBERIAN,
    },
    Country {
        name: "Italia",
        suffixes: &["it", "it", "com"],
        legal_forms: &["S.p.A.", "S.r.l."],
        trades: ITALIAN_TRADES,
        people: &ITALIAN,
    },
    Country {
        name: "Sverige",
        suffixes: &["se", "com"],
        legal_forms: &["AB"],
        trades: TRADES,
        people: &NORDIC,
    },
    Country {
        name: "Polska",
        suffixes: &["pl", "com.pl", "pl"],
        legal_forms: &["Sp. z o.o.", "S.A."],
        trades: TRADES,
        people: &POLISH,
    },
    Country {
        name: "India",
        suffixes: &["in", "com", "co.in"],
        legal_forms: &["Pvt. Ltd.", "Limited"],
        trades: TRADES,
        people: &INDIAN,
    },
    Country {
        name: "Schweiz",
        suffixes: &["ch", "ch", "com"],
        legal_forms: &["AG", "GmbH", "SA"],
        trades: GERMAN_TRADES,
        people: &GERMAN,
    },
    Country {
        name: "Australia",
        suffixes: &["com.au", "com"],
        legal_forms: &["Pty Ltd"],
        trades: TRADES,
        people: &ENGLISH,
    },
    Country {
        name: "Brasil",
        suffixes: &["com.br", "com"],
        legal_forms: &["Ltda.", "S.A."],
        trades: LATIN_TRADES,
        people: &IBERIAN,
    },
    Country {
        name: "Danmark",
        suffixes: &["dk", "com"],
        legal_forms: &["A/S", "ApS"],
        trades: TRADES,
        people: &NORDIC,
    },
    Country {
        name: "Cyprus",
        suffixes: &["com.cy", "com.cy", "com"],
        legal_forms: &["Ltd"],
        trades: TRADES,
        people: &ENGLISH,
    },
    Country {
        name: "Portugal",
        suffixes: &["pt", "com.pt"],
        legal_forms: &["Lda.", "S.A."],
        trades: LATIN_TRADES,
        people: &IBERIAN,
    },
];

/// Companies with a top-level domain of their own.
pub(super) const BRANDS: &[(&str, &str)] = &[
    ("ABB", "abb"), ("AXA", "axa"), ("Bosch", "bosch"), ("Fresenius", "fresenius"), ("Epson", "epson"),
    ("Schaeffler", "schaeffler"), ("RWE", "rwe"), ("Komatsu", "komatsu"), ("Lanxess", "lanxess"),
    ("Sandvik", "sandvik"), ("Weir", "weir"), ("Lundbeck", "lundbeck"),
];

pub(super) const FREE_MAIL: &[&str] = &[
    "gmail.com", "gmail.com", "gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "gmx.de",
    "web.de", "proton.me", "orange.fr", "libero.it", "wp.pl",
];

/// A provider that is on no list, as some always will be, and a customer too.
pub(super) const PROVIDER: &str = "regionet.at";

/// Where companies without a website of their own say that they are.
pub(super) const SOCIAL: &[&str] = &["facebook.com", "linkedin.com", "facebook.com", "instagram.com"];

pub(super) const DISPOSABLE: &[&str] =
    &["mailinator.com", "guerrillamail.com", "yopmail.com", "10minutemail.com"];

/// Functions that a mailbox is named after.
pub(super) const ROLES: &[&str] = &[
    "info", "sales", "office", "contact", "support", "hello", "hr", "billing", "team", "kontakt",
    "marketing", "reception", "it", "admin", "purchasing",
];

/// Such functions that are on no list, as some always will be.
pub(super) const OTHER_ROLES: &[&str] = &["newbusiness", "showroom", "avisos", "tendersdesk"];

/// What a list of people is called.
pub(super) const TEAMS: &[&str] =
    &["project-team", "emea-sales", "board-members", "product", "leadership", "all-hands", "steering"];

pub(super) const ROOMS: &[&str] =
    &["Boardroom", "Room 4.12", "Besprechung Alpen", "Phone Booth 2", "Café", "Projector"];

/// Machines.
pub(super) const ROBOTS: &[&str] = &[
    "noreply@", "no-reply@", "notifications@", "donotreply@", "mailer-daemon@", "alerts@",
    "fred@fireflies.ai", "84523917@zoomcrc.com",
];

/// A machine that is on no list.
pub(super) const OTHER_ROBOT: &str = "notes@meetscribe.ai";

pub(super) const DEPARTMENTS: &[&str] =
    &["Computer Science", "Medicine", "Business School", "Library", "Physics", "Law", "Engineering"];

pub(super) const CITIES: &[&str] = &[
    "Bristol", "Lyon", "Heidelberg", "Toronto", "Uppsala", "Porto", "Kraków", "Bologna", "Leeds", "Utrecht",
    "Sevilla", "Aarhus", "Graz", "Adelaide", "Pune", "Nantes", "Austin", "Ulm", "Lugano", "Gent",
];

/// Given names, and what their bearers are called.
pub(super) const NICKNAMES: &[(&str, &str)] = &[
    ("James", "Jim"), ("Michael", "Mike"), ("David", "Dave"), ("Jennifer", "Jenny"), ("Robert", "Bob"),
    ("William", "Bill"), ("Elizabeth", "Liz"), ("Thomas", "Tom"), ("Rebecca", "Becky"), ("Daniel", "Dan"),
    ("Katherine", "Kate"), ("Christopher", "Chris"), ("Margaret", "Maggie"), ("Andrew", "Andy"),
    ("Samuel", "Sam"), ("Katharina", "Kathi"), ("Andreas", "Andi"), ("Alexander", "Alex"),
    ("Matthias", "Matze"), ("Maximilian", "Max"), ("Franziska", "Franzi"), ("Nicolas", "Nico"),
    ("Frédéric", "Fred"), ("José", "Pepe"), ("Antonio", "Toni"), ("Manuel", "Manolo"),
    ("Francesca", "Franca"), ("Alessandro", "Sandro"), ("Giuseppe", "Beppe"), ("Krzysztof", "Krzysiek"),
    ("Katarzyna", "Kasia"), ("Małgorzata", "Gosia"), ("Agnieszka", "Aga"), ("Joanna", "Asia"),
    ("Kristina", "Kia"), ("Rajesh", "Raj"), ("Susanne", "Susi"),
];
