//! Kinds of data, in one list for all providers.

crate::string_enum! {
    /// Names a kind of data.
    ///
    /// A kind that has no word here is [`Other`](DataKind::Other), with the provider's own name
    /// for it.
    pub enum DataKind {
        /// Movement of a day or an hour: steps, distance, energy.
        Activity = "activity",
        /// One workout.
        Workout = "workout",
        /// Sleep.
        Sleep = "sleep",
        /// Lying down, getting up, a bed in use.
        BedPresence = "bed-presence",
        /// Heart rate.
        HeartRate = "heart-rate",
        /// Heart rate variability.
        HeartRateVariability = "heart-rate-variability",
        /// An electrocardiogram, or what is read from one.
        Ecg = "ecg",
        /// Sounds of heart or lungs.
        HeartSounds = "heart-sounds",
        /// Blood pressure.
        BloodPressure = "blood-pressure",
        /// Glucose in the blood, or what stands for its course.
        BloodGlucose = "blood-glucose",
        /// Oxygen in the blood.
        BloodOxygen = "blood-oxygen",
        /// Perfusion: how well blood flows.
        Perfusion = "perfusion",
        /// Breathing.
        Respiration = "respiration",
        /// VO2 max, age of fitness or vessels and the like.
        Fitness = "fitness",
        /// Temperature of body or skin.
        Temperature = "temperature",
        /// Weight, height, and what the body is made of.
        Body = "body",
        /// Food and drink.
        Nutrition = "nutrition",
        /// Stress.
        Stress = "stress",
        /// What is found in urine.
        Urine = "urine",
        /// Nerves of the skin.
        NerveHealth = "nerve-health",
        /// Energy used at rest.
        Metabolism = "metabolism",
        /// Where the user is.
        Location = "location",
        /// The user's genes.
        Genetics = "genetics",
        /// Answers to a survey.
        Survey = "survey",
        /// The user's profile.
        Profile = "profile",
        /// A device.
        Device = "device",
        /// A connected source.
        Source = "source",
        /// A medical record: conditions, vital signs, plans and the like, or all of it.
        MedicalRecord = "medical-record",
        /// A stay with, or a visit to, a care provider.
        Encounter = "encounter",
        /// Medication.
        Medication = "medication",
        /// Results of a laboratory.
        LaboratoryResult = "laboratory-result",
        /// A document or a report.
        Document = "document",
        /// A message between people, or a note.
        Message = "message",
        /// An order.
        Order = "order",
        /// A patient's entry as such.
        Patient = "patient",
    }
}
